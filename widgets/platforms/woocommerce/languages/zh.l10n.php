<?php
/**
 * The plugin's words in Chinese.
 *
 * @package Encore\Storefront
 */

defined( 'ABSPATH' ) || exit;

return array(
	'messages' => array(
		'The address is an origin, such as https://encore.example.' => '地址是一个来源，例如 https://encore.example。',
		'The public key begins with pk_.' => '公钥以 pk_ 开头。',
		'The shop\'s id has letters, digits and _ alone.' => '商店编号只含字母、数字和 _。',
		'The signing secret begins with whsec_.' => '签名密钥以 whsec_ 开头。',
		'Encore\'s address' => 'Encore 的地址',
		'Public key' => '公钥',
		'Shop id' => '商店编号',
		'Address, key and id stand on the page Platforms of your Encore; the signing secret was shown once, with the keys.' => '地址、公钥和编号都在 Encore 的“平台”页面上；签名密钥只与各密钥一起显示过一次。',
		'Signing secret' => '签名密钥',
		'Without the signing secret nobody\'s own purchases are used.' => '没有签名密钥，就不会使用任何人自己的购买记录。',
		'A signing secret is kept. Leave the field empty to keep it.' => '已保存签名密钥。留空即保留。',
		'With your consent, this shop keeps a random id in the cookie encore_visitor for a year and notes it with your order, so that suggestions can go by what you looked at and bought. Without consent suggestions go by the cart alone and nothing is kept.' => '经您同意，本店会在 cookie encore_visitor 中保存一个随机编号，为期一年，并随订单记录，以便推荐能依据您看过和买过的商品。未经同意，推荐只依据购物车，且不保存任何内容。',
	),
);
