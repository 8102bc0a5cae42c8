<?php
/**
 * The cart as Encore takes it, on the pages and in the Store API's answer.
 *
 * @package Encore\Storefront
 */

namespace Encore\Storefront;

defined( 'ABSPATH' ) || exit;

add_action( 'woocommerce_blocks_loaded', __NAMESPACE__ . '\extend_store_api' );

/**
 * The cart's lines; a product without variations has no variant.
 *
 * @return array<int, array<string, mixed>>
 */
function lines(): array {
	$cart = function_exists( 'WC' ) ? WC()->cart : null;
	return $cart ? array_map( __NAMESPACE__ . '\line', array_values( $cart->get_cart() ) ) : array();
}

/**
 * One line of a cart or of an order; part quantities, which some shops sell, count as whole ones.
 *
 * @param array<string, mixed> $item With product_id, variation_id and quantity.
 * @return array<string, mixed>
 */
function line( array $item ): array {
	return array(
		'product_id' => (string) $item['product_id'],
		'variant_id' => empty( $item['variation_id'] ) ? null : (string) $item['variation_id'],
		'quantity'   => max( 1, (int) ceil( (float) $item['quantity'] ) ),
	);
}

/**
 * Lines as the attribute `cart` has them.
 *
 * @param array<int, array<string, mixed>> $lines As line() gives them.
 */
function as_attribute( array $lines ): string {
	$texts = array();
	foreach ( $lines as $line ) {
		$ids     = array_filter( array( $line['product_id'], $line['variant_id'] ) );
		$texts[] = implode( '/', array_map( 'rawurlencode', $ids ) ) . ':' . $line['quantity'];
	}
	return implode( ',', $texts );
}

/** The Store API is never cached and knows its session: there, and not in pages that a cache may keep, stands who it is. */
function extend_store_api(): void {
	if ( ! function_exists( 'woocommerce_store_api_register_endpoint_data' ) ) {
		return;
	}
	woocommerce_store_api_register_endpoint_data(
		array(
			'endpoint'        => 'cart',
			'namespace'       => 'encore',
			'data_callback'   => __NAMESPACE__ . '\told_in_cart',
			'schema_callback' => __NAMESPACE__ . '\schema',
			'schema_type'     => ARRAY_A,
		)
	);
}

/**
 * What the page's script is told with the cart.
 *
 * @return array<string, mixed>
 */
function told_in_cart(): array {
	return array( 'lines' => lines(), 'consent' => consent() ) + person();
}

/**
 * The same for the Store API's own description.
 *
 * @return array<string, mixed>
 */
function schema(): array {
	$text = array( 'type' => 'string', 'readonly' => true, 'context' => array( 'view', 'edit' ) );
	return array(
		'lines'          => array( 'type' => 'array' ) + $text,
		'consent'        => $text,
		'customer_id'    => $text,
		'customer_proof' => $text,
	);
}
