<?php
/**
 * What the merchant tells: Encore's address, the shop's id and public key, and the signing secret.
 *
 * @package Encore\Storefront
 */

namespace Encore\Storefront;

defined( 'ABSPATH' ) || exit;

const PAGE = 'encore-storefront';

add_action( 'admin_menu', __NAMESPACE__ . '\add_page' );
add_action( 'admin_init', __NAMESPACE__ . '\register' );

/** One of address, key and shop_id; empty where it was not told. */
function setting( string $name ): string {
	$kept = get_option( SETTINGS, array() );
	return is_array( $kept ) && isset( $kept[ $name ] ) ? (string) $kept[ $name ] : '';
}

/** The signing secret: the constant of wp-config.php before the option. */
function signing_secret(): string {
	return defined( 'ENCORE_SIGNING_SECRET' ) ? (string) constant( 'ENCORE_SIGNING_SECRET' ) : (string) get_option( SECRET, '' );
}

/** Whether enough was told to show anything. */
function is_ready(): bool {
	return '' !== setting( 'address' ) && '' !== setting( 'key' );
}

/** The page stands under WooCommerce, for those who may change the site's options. */
function add_page(): void {
	$title = __( 'Encore', 'encore-storefront' );
	add_submenu_page( 'woocommerce', $title, $title, 'manage_options', PAGE, __NAMESPACE__ . '\show_page' );
}

/** Neither option is ever shown by the REST API. */
function register(): void {
	$shown = array( 'show_in_rest' => false );
	register_setting( PAGE, SETTINGS, array( 'type' => 'array', 'sanitize_callback' => __NAMESPACE__ . '\checked' ) + $shown );
	register_setting( PAGE, SECRET, array( 'type' => 'string', 'sanitize_callback' => __NAMESPACE__ . '\checked_secret' ) + $shown );
}

/**
 * The settings as they may be kept; what is wrong stays as it was, and is said.
 *
 * @param mixed $typed What the form sent.
 * @return array<string, string>
 */
function checked( $typed ): array {
	$typed = is_array( $typed ) ? $typed : array();
	$rules = array(
		'address' => array( '#^https?://[^\s/?\#"<>]+$#i', __( 'The address is an origin, such as https://encore.example.', 'encore-storefront' ) ),
		'key'     => array( '/^pk_[\w-]+$/', __( 'The public key begins with pk_.', 'encore-storefront' ) ),
		'shop_id' => array( '/^[\w-]+$/', __( 'The shop\'s id has letters, digits and _ alone.', 'encore-storefront' ) ),
	);
	$kept  = array();
	foreach ( $rules as $name => list( $form, $message ) ) {
		$text = isset( $typed[ $name ] ) && is_string( $typed[ $name ] ) ? untrailingslashit( trim( $typed[ $name ] ) ) : '';
		if ( '' !== $text && ! preg_match( $form, $text ) ) {
			add_settings_error( SETTINGS, $name, $message );
			$text = setting( $name );
		}
		$kept[ $name ] = $text;
	}
	return $kept;
}

/**
 * The secret that is typed, or the one that is kept: the form never shows it.
 *
 * @param mixed $typed What the form sent.
 */
function checked_secret( $typed ): string {
	$text = is_string( $typed ) ? trim( $typed ) : '';
	$kept = (string) get_option( SECRET, '' );
	if ( '' === $text || preg_match( '/^whsec_[\w-]+$/', $text ) ) {
		return '' === $text ? $kept : $text;
	}
	add_settings_error( SECRET, 'secret', __( 'The signing secret begins with whsec_.', 'encore-storefront' ) );
	return $kept;
}

/** The form; WordPress checks its nonce and the right to change options. */
function show_page(): void {
	if ( ! current_user_can( 'manage_options' ) ) {
		return;
	}
	$fields = array(
		'address' => __( 'Encore\'s address', 'encore-storefront' ),
		'key'     => __( 'Public key', 'encore-storefront' ),
		'shop_id' => __( 'Shop id', 'encore-storefront' ),
	);
	echo '<div class="wrap"><h1>' . esc_html( get_admin_page_title() ) . '</h1>';
	settings_errors();
	echo '<p>' . esc_html__( 'Address, key and id stand on the page Platforms of your Encore; the signing secret was shown once, with the keys.', 'encore-storefront' ) . '</p>';
	echo '<form method="post" action="options.php">';
	settings_fields( PAGE );
	echo '<table class="form-table" role="presentation">';
	foreach ( $fields as $name => $label ) {
		field( $name, $label, SETTINGS . "[$name]", setting( $name ), 'text' );
	}
	field( 'secret', __( 'Signing secret', 'encore-storefront' ), SECRET, '', 'password' );
	echo '</table><p class="description">' . esc_html( told_of_secret() ) . '</p>';
	submit_button();
	echo '</form></div>';
}

/** Whether there is a secret, without showing it. */
function told_of_secret(): string {
	return '' === signing_secret()
		? __( 'Without the signing secret nobody\'s own purchases are used.', 'encore-storefront' )
		: __( 'A signing secret is kept. Leave the field empty to keep it.', 'encore-storefront' );
}

/** One row of the form. */
function field( string $id, string $label, string $name, string $value, string $type ): void {
	printf(
		'<tr><th scope="row"><label for="encore-%1$s">%2$s</label></th><td><input id="encore-%1$s" name="%3$s" type="%4$s" value="%5$s" class="regular-text code" autocomplete="off" spellcheck="false"></td></tr>',
		esc_attr( $id ),
		esc_html( $label ),
		esc_attr( $name ),
		esc_attr( $type ),
		esc_attr( $value )
	);
}
