<?php
/**
 * The plugin's words in Italian.
 *
 * @package Encore\Storefront
 */

defined( 'ABSPATH' ) || exit;

return array(
	'messages' => array(
		'The address is an origin, such as https://encore.example.' => 'L\'indirizzo è un\'origine, come https://encore.example.',
		'The public key begins with pk_.' => 'La chiave pubblica comincia con pk_.',
		'The shop\'s id has letters, digits and _ alone.' => 'L\'identificativo del negozio ha solo lettere, cifre e _.',
		'The signing secret begins with whsec_.' => 'Il segreto di firma comincia con whsec_.',
		'Encore\'s address' => 'Indirizzo di Encore',
		'Public key' => 'Chiave pubblica',
		'Shop id' => 'Identificativo del negozio',
		'Address, key and id stand on the page Platforms of your Encore; the signing secret was shown once, with the keys.' => 'Indirizzo, chiave e identificativo si trovano nella pagina Piattaforme di Encore; il segreto di firma è stato mostrato una volta sola, con le chiavi.',
		'Signing secret' => 'Segreto di firma',
		'Without the signing secret nobody\'s own purchases are used.' => 'Senza il segreto di firma non si usano gli acquisti di nessuno.',
		'A signing secret is kept. Leave the field empty to keep it.' => 'Un segreto di firma è conservato. Lasci vuoto il campo per tenerlo.',
		'With your consent, this shop keeps a random id in the cookie encore_visitor for a year and notes it with your order, so that suggestions can go by what you looked at and bought. Without consent suggestions go by the cart alone and nothing is kept.' => 'Con il suo consenso, questo negozio conserva per un anno un identificativo casuale nel cookie encore_visitor e lo annota con l\'ordine, perché i suggerimenti possano basarsi su ciò che ha guardato e comprato. Senza consenso i suggerimenti si basano solo sul carrello e non si conserva nulla.',
	),
);
