<?php
/**
 * As much of WordPress and WooCommerce as the plugin calls, for one page: reads a scenario (JSON, on standard input), loads the plugin,
 * does what the scenario says and prints what came of it (JSON). A double: neither of the two is here.
 */
define( 'ABSPATH', '/' );
define( 'HOUR_IN_SECONDS', 3600 );
define( 'ARRAY_A', 'ARRAY_A' );
error_reporting( E_ALL );
set_error_handler( static function ( $level, $message, $file, $line ) {
	throw new ErrorException( $message, 0, $level, $file, $line );
} );

$scenario = json_decode( stream_get_contents( STDIN ), true );
$hooks    = array();
$endpoint = null;
$said     = array();
$_COOKIE  = $scenario['cookies'] ?? array();
$_SERVER += $scenario['server'] ?? array();

function fact( $name, $else = false ) {
	return $GLOBALS['scenario'][ $name ] ?? $else;
}
function add_action( $name, $does, $priority = 10 ) {
	$GLOBALS['hooks'][ $name ][] = $does;
}
function add_filter( $name, $does, $priority = 10 ) {
	add_action( $name, $does );
}
function do_action( $name, ...$with ) {
	foreach ( $GLOBALS['hooks'][ $name ] ?? array() as $does ) {
		$does( ...$with );
	}
}
function apply_filters( $name, $value ) {
	if ( 'encore_consent' === $name && null !== fact( 'encore_consent', null ) ) {
		return fact( 'encore_consent' );
	}
	foreach ( $GLOBALS['hooks'][ $name ] ?? array() as $does ) {
		$value = $does( $value );
	}
	return $value;
}
function add_shortcode( $name, $does ) {
	add_action( "[$name]", $does );
}
function register_activation_hook( $file, $does ) {
	add_action( 'activate', $does );
}
function shortcode_atts( $known, $typed ) {
	return array_merge( $known, array_intersect_key( (array) $typed, $known ) );
}
function plugin_basename( $file ) {
	return 'encore/encore.php';
}
function get_option( $name, $else = false ) {
	return $GLOBALS['scenario']['options'][ $name ] ?? $else;
}
function add_option( $name, $value, $old, $autoload ) {
	$GLOBALS['said'][] = array( 'option', $name, $autoload );
}
function delete_option( $name ) {
	$GLOBALS['said'][] = array( 'deleted', $name );
}
function register_setting( $page, $name, $how ) {
	$GLOBALS['said'][] = array( 'setting', $name, $how['show_in_rest'] );
}
function add_settings_error( $of, $name, $message ) {
	$GLOBALS['said'][] = array( 'wrong', $name );
}
function untrailingslashit( $text ) {
	return rtrim( $text, '/\\' );
}
function esc_attr( $text ) {
	return htmlspecialchars( $text, ENT_QUOTES, 'UTF-8' );
}
function esc_html( $text ) {
	return esc_attr( $text );
}
function __( $text, $domain ) {
	return $text;
}
function esc_html__( $text, $domain ) {
	return esc_attr( $text );
}
function current_user_can( $right ) {
	return in_array( $right, fact( 'rights', array() ), true );
}
function get_admin_page_title() {
	return 'Encore';
}
function wp_add_privacy_policy_content( $name, $text ) {
	$GLOBALS['said'][] = array( 'policy', $text );
}
function wpautop( $text ) {
	return "<p>$text</p>";
}
function wp_kses_post( $html ) {
	return $html;
}
function settings_errors() {}
function submit_button() {
	echo '<button>Save</button>';
}
function settings_fields( $group ) {
	echo '<input type="hidden" name="_wpnonce" value="1">';
}
function rest_url( $path ) {
	return "https://shop.example/wp-json/$path";
}
function wp_print_script_tag( $attributes ) {
	echo '<script';
	foreach ( $attributes as $name => $value ) {
		echo true === $value ? " $name" : " $name=\"" . esc_attr( $value ) . '"';
	}
	echo '></script>';
}
function is_admin() {
	return false;
}
function wp_doing_ajax() {
	return false;
}
function is_cart() {
	return 'cart' === fact( 'page' );
}
function is_checkout() {
	return in_array( fact( 'page' ), array( 'checkout', 'thank_you' ), true );
}
function is_wc_endpoint_url() {
	return 'thank_you' === fact( 'page' );
}
function is_front_page() {
	return 'home' === fact( 'page' );
}
function in_the_loop() {
	return true;
}
function is_main_query() {
	return true;
}
function get_the_ID() {
	return fact( 'product', 12 );
}
function get_current_user_id() {
	return fact( 'user', 0 );
}
function wp_unslash( $text ) {
	return stripslashes( $text );
}
function woocommerce_store_api_register_endpoint_data( $what ) {
	$GLOBALS['endpoint'] = $what;
}
if ( null !== fact( 'consent_type', null ) ) {
	function wp_get_consent_type() {
		return fact( 'consent_type' );
	}
	function wp_has_consent( $purpose ) {
		return in_array( $purpose, fact( 'agreed', array() ), true );
	}
}

class Cart_Double {
	public function get_cart() {
		return fact( 'cart', array() );
	}
}
class Shop_Double {
	public $cart;
}
function WC() {
	$shop       = new Shop_Double();
	$shop->cart = new Cart_Double();
	return $shop;
}
class Item_Double {
	private $item;
	public function __construct( $item ) {
		$this->item = $item;
	}
	public function __call( $name, $with ) {
		return $this->item[ substr( $name, 4 ) ];
	}
}
class Order_Double {
	public function get_id() {
		return fact( 'order' );
	}
	public function get_items() {
		return array_map( static fn( $item ) => new Item_Double( $item ), fact( 'cart', array() ) );
	}
	public function update_meta_data( $name, $value ) {
		$GLOBALS['said'][] = array( 'meta', $name, $value );
	}
	public function save_meta_data() {
		$GLOBALS['said'][] = array( 'saved' );
	}
}
function wc_get_order( $order_id ) {
	return fact( 'order' ) === $order_id ? new Order_Double() : false;
}

$folder = $argv[1];
if ( 'uninstall' === fact( 'do' ) ) {
	define( 'WP_UNINSTALL_PLUGIN', true );
	require "$folder/uninstall.php";
} else {
	require "$folder/encore.php";
}
ob_start();
$result = null;
foreach ( fact( 'actions', array() ) as list( $name, $with ) ) {
	do_action( $name, ...array_map( static fn( $each ) => 'ORDER' === $each ? new Order_Double() : $each, $with ) );
}
if ( fact( 'filter' ) ) {
	$result = apply_filters( ...fact( 'filter' ) );
}
if ( fact( 'call' ) ) {
	$name   = 'Encore\\Storefront\\' . fact( 'call' )[0];
	$result = $name( ...fact( 'call' )[1] );
}
$cart = $endpoint ? ( $endpoint['data_callback'] )() : null;
echo json_encode( array( 'html' => ob_get_clean(), 'result' => $result, 'said' => $said, 'told' => $cart ) );
