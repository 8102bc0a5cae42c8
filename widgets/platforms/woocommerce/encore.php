<?php
/**
 * Plugin Name: Encore for WooCommerce
 * Description: Puts Encore's suggestions, bundles and offers on the pages of a WooCommerce shop, in classic and in block carts and checkouts.
 * Version: 1.0.0
 * Requires at least: 6.5
 * Requires PHP: 7.4
 * Requires Plugins: woocommerce
 * Author: The Encore authors
 * License: MIT
 * Text Domain: encore-storefront
 *
 * @package Encore\Storefront
 */

namespace Encore\Storefront;

defined( 'ABSPATH' ) || exit;

const SETTINGS = 'encore_storefront';
const SECRET   = 'encore_storefront_secret';

foreach ( array( 'settings', 'person', 'cart', 'pages', 'orders' ) as $each ) {
	require __DIR__ . "/includes/$each.php";
}

register_activation_hook( __FILE__, __NAMESPACE__ . '\prepare' );

add_action(
	'before_woocommerce_init',
	static function (): void {
		$features = '\Automattic\WooCommerce\Utilities\FeaturesUtil';
		if ( class_exists( $features ) ) {
			$features::declare_compatibility( 'custom_order_tables', __FILE__, true );
			$features::declare_compatibility( 'cart_checkout_blocks', __FILE__, true );
		}
	}
);

add_action( 'init', __NAMESPACE__ . '\load_words' );

/** One file a language, whatever its country. */
function load_words(): void {
	$language = substr( determine_locale(), 0, 2 );
	if ( is_readable( __DIR__ . "/languages/$language.l10n.php" ) ) {
		load_textdomain( 'encore-storefront', __DIR__ . "/languages/$language.mo" );
	}
}

/** The signing secret has an option of its own, which is not loaded with every page. */
function prepare(): void {
	add_option( SECRET, '', '', false );
}
