<?php
/**
 * The plugin's words in Spanish.
 *
 * @package Encore\Storefront
 */

defined( 'ABSPATH' ) || exit;

return array(
	'messages' => array(
		'The address is an origin, such as https://encore.example.' => 'La dirección es un origen, como https://encore.example.',
		'The public key begins with pk_.' => 'La clave pública empieza por pk_.',
		'The shop\'s id has letters, digits and _ alone.' => 'El identificador de la tienda solo tiene letras, cifras y _.',
		'The signing secret begins with whsec_.' => 'El secreto de firma empieza por whsec_.',
		'Encore\'s address' => 'Dirección de Encore',
		'Public key' => 'Clave pública',
		'Shop id' => 'Identificador de la tienda',
		'Address, key and id stand on the page Platforms of your Encore; the signing secret was shown once, with the keys.' => 'La dirección, la clave y el identificador están en la página Plataformas de su Encore; el secreto de firma se mostró una sola vez, con las claves.',
		'Signing secret' => 'Secreto de firma',
		'Without the signing secret nobody\'s own purchases are used.' => 'Sin el secreto de firma no se usan las compras de nadie.',
		'A signing secret is kept. Leave the field empty to keep it.' => 'Hay un secreto de firma guardado. Deje el campo vacío para conservarlo.',
		'With your consent, this shop keeps a random id in the cookie encore_visitor for a year and notes it with your order, so that suggestions can go by what you looked at and bought. Without consent suggestions go by the cart alone and nothing is kept.' => 'Con su consentimiento, esta tienda guarda durante un año un identificador aleatorio en la cookie encore_visitor y lo anota con su pedido, para que las sugerencias puedan guiarse por lo que ha mirado y comprado. Sin consentimiento, las sugerencias se guían solo por el carrito y no se guarda nada.',
	),
);
