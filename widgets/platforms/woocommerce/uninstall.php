<?php
/**
 * Leaves nothing of the plugin's own behind.
 *
 * @package Encore\Storefront
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

delete_option( 'encore_storefront' );
delete_option( 'encore_storefront_secret' );
