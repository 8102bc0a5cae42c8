<?php
/**
 * Where the elements stand: product, cart, checkout, thank-you page and front page, classic and in blocks; and [encore] anywhere.
 *
 * @package Encore\Storefront
 */

namespace Encore\Storefront;

defined( 'ABSPATH' ) || exit;

const ELEMENTS = array(
	'recommendations' => 'encore-recommendations',
	'bundle'          => 'encore-bundle',
	'offer'           => 'encore-offer',
);

add_action( 'wp_head', __NAMESPACE__ . '\print_scripts' );
add_action( 'woocommerce_after_single_product_summary', __NAMESPACE__ . '\print_product', 12 );
add_action( 'woocommerce_after_cart', __NAMESPACE__ . '\print_cart' );
add_action( 'woocommerce_review_order_before_payment', __NAMESPACE__ . '\print_checkout_offer' );
add_action( 'woocommerce_after_checkout_form', __NAMESPACE__ . '\print_checkout' );
add_action( 'woocommerce_thankyou', __NAMESPACE__ . '\print_thank_you', 20 );
add_filter( 'render_block_woocommerce/cart', __NAMESPACE__ . '\below_cart_block' );
add_filter( 'render_block_woocommerce/checkout', __NAMESPACE__ . '\below_checkout_block' );
add_filter( 'the_content', __NAMESPACE__ . '\below_front_page', 20 );
add_shortcode( 'encore', __NAMESPACE__ . '\shortcode' );

/** Encore's script with the key, and the one that joins WooCommerce's cart to it. */
function print_scripts(): void {
	if ( ! is_ready() ) {
		return;
	}
	$folder = setting( 'address' ) . '/widgets/v1/';
	wp_print_script_tag( array( 'type' => 'module', 'async' => true, 'src' => $folder . 'encore.js', 'data-key' => setting( 'key' ) ) );
	wp_print_script_tag( array( 'type' => 'module', 'src' => $folder . 'woocommerce.js', 'data-cart' => rest_url( 'wc/store/v1/cart' ) ) );
}

/**
 * One element, or nothing while the plugin is not set up.
 *
 * @param string                     $kind       recommendations, bundle or offer.
 * @param array<string, string|null> $attributes Empty ones are left out.
 */
function element( string $kind, array $attributes ): string {
	if ( ! is_ready() || is_admin() ) {
		return '';
	}
	$html = '<' . ELEMENTS[ $kind ];
	foreach ( array_filter( $attributes ) as $name => $value ) {
		$html .= ' ' . $name . '="' . esc_attr( $value ) . '"';
	}
	return $html . '></' . ELEMENTS[ $kind ] . '>';
}

/**
 * What only pages that are made for one shopper may say, which no cache keeps: the cart, consent, and who they are. Elsewhere the page's
 * script adds it.
 *
 * @return array<string, string>
 */
function own(): array {
	if ( ! is_cart() && ! is_checkout() ) {
		return array();
	}
	$person = person();
	return array(
		'cart'           => as_attribute( lines() ),
		'consent'        => consent(),
		'customer-id'    => $person['customer_id'] ?? '',
		'customer-proof' => $person['customer_proof'] ?? '',
	);
}

/** Beneath a product's description; a page that a cache may keep, so the script adds cart and customer. */
function print_product(): void {
	$about = array( 'product' => (string) get_the_ID() );
	echo element( 'bundle', $about ) . element( 'recommendations', array( 'placement' => 'product' ) + $about ); // phpcs:ignore WordPress.Security.EscapeOutput -- escaped in element().
}

/** Beneath the classic cart. */
function print_cart(): void {
	echo of_cart(); // phpcs:ignore WordPress.Security.EscapeOutput -- escaped in element().
}

/** Above the choice of payment of the classic checkout, beneath the total. */
function print_checkout_offer(): void {
	if ( ! wp_doing_ajax() ) {
		echo element( 'offer', array( 'placement' => 'checkout' ) + own() ); // phpcs:ignore WordPress.Security.EscapeOutput -- escaped in element().
	}
}

/** Beneath the form of the classic checkout. */
function print_checkout(): void {
	echo element( 'recommendations', array( 'placement' => 'checkout' ) + own() ); // phpcs:ignore WordPress.Security.EscapeOutput -- escaped in element().
}

/**
 * Beneath the receipt, with what was bought.
 *
 * @param int $order_id The order's id, whose key WooCommerce has checked.
 */
function print_thank_you( $order_id ): void {
	$order = wc_get_order( $order_id );
	if ( ! $order ) {
		return;
	}
	$lines = array();
	foreach ( $order->get_items() as $item ) {
		$lines[] = line( array( 'product_id' => $item->get_product_id(), 'variation_id' => $item->get_variation_id(), 'quantity' => $item->get_quantity() ) );
	}
	$about = array( 'placement' => 'thank_you', 'order' => (string) $order->get_id(), 'cart' => as_attribute( $lines ) );
	echo element( 'recommendations', $about + own() ); // phpcs:ignore WordPress.Security.EscapeOutput -- escaped in element().
}

/**
 * Outside of the block, which its own program draws again at will.
 *
 * @param string $content The cart's block.
 */
function below_cart_block( $content ): string {
	return $content . of_cart();
}

/**
 * The same for the checkout; on its other pages (pay for an order, order received) the block only shows the classic ones.
 *
 * @param string $content The checkout's block.
 */
function below_checkout_block( $content ): string {
	$about = array( 'placement' => 'checkout' ) + own();
	return is_wc_endpoint_url() ? $content : $content . element( 'offer', $about ) . element( 'recommendations', $about );
}

/** What stands beneath a cart. */
function of_cart(): string {
	$about = array( 'placement' => 'cart' ) + own();
	return element( 'offer', $about ) . element( 'recommendations', $about );
}

/**
 * Beneath the front page's own text, unless [encore] says where. Themes whose front page has no text of its own need that.
 *
 * @param string $content The page's content.
 */
function below_front_page( $content ): string {
	$is_it = is_front_page() && in_the_loop() && is_main_query() && false === strpos( $content, ELEMENTS['recommendations'] );
	return $is_it ? $content . element( 'recommendations', array( 'placement' => 'home' ) ) : $content;
}

/**
 * [encore], [encore placement="home" limit="4"], [encore element="bundle" product="12"].
 *
 * @param array<string, string>|string $typed What stands in the shortcode.
 */
function shortcode( $typed ): string {
	$known = shortcode_atts( array( 'element' => 'recommendations', 'placement' => '', 'product' => '', 'limit' => '', 'heading' => '' ), $typed, 'encore' );
	$kind  = $known['element'];
	if ( 'recommendations' === $kind && '' === $known['placement'] ) {
		$known['placement'] = 'home';
	}
	unset( $known['element'] );
	return isset( ELEMENTS[ $kind ] ) ? element( $kind, $known ) : '';
}
