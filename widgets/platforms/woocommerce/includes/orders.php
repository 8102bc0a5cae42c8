<?php
/**
 * What an order takes along: the visitor's id, which the browser keeps with consent alone.
 *
 * @package Encore\Storefront
 */

namespace Encore\Storefront;

defined( 'ABSPATH' ) || exit;

const VISITOR = 'encore_visitor';

add_action( 'woocommerce_checkout_create_order', __NAMESPACE__ . '\note_visitor' );
add_action( 'woocommerce_store_api_checkout_update_order_meta', __NAMESPACE__ . '\note_visitor_now' );
add_action( 'admin_init', __NAMESPACE__ . '\tell_policy' );

/**
 * The classic checkout saves the order afterwards.
 *
 * @param \WC_Order $order The order being made.
 */
function note_visitor( $order ): void {
	$visitor = isset( $_COOKIE[ VISITOR ] ) && is_string( $_COOKIE[ VISITOR ] ) ? wp_unslash( $_COOKIE[ VISITOR ] ) : ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- of one form, checked here.
	if ( ! refuses() && preg_match( '/^[\w-]{22}$/D', $visitor ) ) {
		$order->update_meta_data( VISITOR, $visitor );
	}
}

/**
 * The checkout block's order is kept already.
 *
 * @param \WC_Order $order The order being made.
 */
function note_visitor_now( $order ): void {
	note_visitor( $order );
	$order->save_meta_data();
}

/** A paragraph for the shop's own privacy policy. */
function tell_policy(): void {
	$text = __( 'With your consent, this shop keeps a random id in the cookie encore_visitor for a year and notes it with your order, so that suggestions can go by what you looked at and bought. Without consent suggestions go by the cart alone and nothing is kept.', 'encore-storefront' );
	wp_add_privacy_policy_content( 'Encore', wp_kses_post( wpautop( $text ) ) );
}
