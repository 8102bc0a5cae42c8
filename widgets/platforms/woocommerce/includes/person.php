<?php
/**
 * Who the page's customer is, proved, and what they agreed to.
 *
 * @package Encore\Storefront
 */

namespace Encore\Storefront;

defined( 'ABSPATH' ) || exit;

add_filter( 'wp_consent_api_registered_' . plugin_basename( dirname( __DIR__ ) . '/encore.php' ), '__return_true' );

/**
 * A proof that the shop itself says who this is: good for one to two hours, and the same text within an hour, so that nothing that
 * was answered must be asked again.
 */
function customer_proof( string $secret, string $shop_id, string $customer_id, int $now ): string {
	$expires = ( intdiv( $now, HOUR_IN_SECONDS ) + 2 ) * HOUR_IN_SECONDS;
	return $expires . '.' . hash_hmac( 'sha256', "$shop_id\n$customer_id\n$expires", $secret );
}

/**
 * The signed-in customer and their proof; empty where there is none, or no secret to prove it with.
 *
 * @return array<string, string>
 */
function person(): array {
	$customer_id = get_current_user_id();
	$secret      = signing_secret();
	$shop_id     = setting( 'shop_id' );
	if ( 0 === $customer_id || '' === $secret || '' === $shop_id ) {
		return array();
	}
	return array(
		'customer_id'    => (string) $customer_id,
		'customer_proof' => customer_proof( $secret, $shop_id, (string) $customer_id, time() ),
	);
}

/**
 * What may be kept and used: `personal`, or `none` unless a consent tool says otherwise. Where no tool has said which kind of consent holds
 * here, the WP Consent API answers yes to everything; that is nobody's consent.
 */
function consent(): string {
	$given = function_exists( 'wp_has_consent' ) && function_exists( 'wp_get_consent_type' ) && wp_get_consent_type()
		&& wp_has_consent( 'statistics' ) && wp_has_consent( 'marketing' );
	/**
	 * For shops whose consent tool does not speak the WP Consent API.
	 *
	 * @param bool $given Whether personal suggestions are agreed to.
	 */
	return apply_filters( 'encore_consent', $given ) && ! refuses() ? 'personal' : 'none';
}

/** A browser that sends Global Privacy Control has said no. */
function refuses(): bool {
	return isset( $_SERVER['HTTP_SEC_GPC'] ) && '1' === $_SERVER['HTTP_SEC_GPC'];
}
