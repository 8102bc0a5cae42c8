/** How the elements look: sheets that a strict CSP lets in, with every size and colour to be had from outside. */

function sheet(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

/** Nothing to show: no box, whatever the shop's own sheet says of the element. */
export const absent = sheet(":host{display:none!important}");

/** Nothing to show, but a place in the page is watched: a point out of the flow, which moves nothing. */
export const point = sheet(`:host{position:absolute!important;inline-size:0!important;block-size:0!important;
margin:0!important;padding:0!important;border:0!important}`);

/** A place is kept, as tall as the shop says, else as tall as what stands in it. */
export const block = sheet(":host{display:block;min-block-size:var(--encore-min-height,0)}:host([hidden]){display:none}");

/** Of the point that is watched in place of what is not shown. */
export const spot = sheet("i{position:absolute;inline-size:0;block-size:0}");

/*
 * A row's height depends neither on its width nor on its texts: a card has room for two lines of title and three of reason,
 * and shows no more. So an invisible row (`.ghost`) keeps exactly the place that the real one will take.
 */
export const row = sheet(`
*{box-sizing:border-box;margin:0;padding:0}
section{color:var(--encore-color,inherit);font:inherit;line-height:1.4;container-type:inline-size;position:relative}
:host([customer-proof]) section{padding-block-end:2em}
.ghost{visibility:hidden}
.why{position:absolute;inset-block-end:0;inset-inline-end:0;min-block-size:24px;
font:inherit;font-size:.8125em;color:inherit;background:none;border:0;cursor:pointer}
.about{margin:auto;max-inline-size:22em;padding:1.25em;border:1px solid;border-radius:.75em}
.about .add{margin-block-start:1em}
.heading{font-family:var(--encore-heading-font,inherit);font-size:var(--encore-heading-size,1.375em);font-weight:600;
line-height:1.3;margin-block-end:.6em;text-wrap:balance}
.list{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(var(--encore-card-width,10.5em),16em);
gap:var(--encore-gap,1em);list-style:none;overflow-x:auto;overscroll-behavior-x:contain;scroll-snap-type:x proximity;
scroll-padding-inline:4px;scrollbar-width:thin;margin:-4px;padding:4px}
.item{position:relative;display:flex;flex-direction:column;min-inline-size:0;scroll-snap-align:start;
min-block-size:calc(var(--encore-image-height,8.5em) + 2*var(--encore-card-padding,.75em) + 12.1em);
padding:var(--encore-card-padding,.75em);background:var(--encore-card-background,transparent);
border:1px solid var(--encore-card-border,color-mix(in srgb,currentColor 16%,transparent));
border-radius:var(--encore-radius,.75em);transition:border-color .15s}
.item:hover{border-color:color-mix(in srgb,currentColor 40%,transparent)}
.link{display:block;color:inherit;text-decoration:none;border-radius:calc(var(--encore-radius,.75em) - .25em)}
.picture{display:grid;place-items:center;block-size:var(--encore-image-height,8.5em);overflow:hidden;
border-radius:calc(var(--encore-radius,.75em) - .25em);background:color-mix(in srgb,currentColor 5%,transparent)}
.image{inline-size:100%;block-size:100%;object-fit:var(--encore-image-fit,cover)}
.blank{inline-size:3.25em;fill:none;stroke:currentColor;stroke-width:1.25;stroke-linejoin:round;opacity:.35}
.title,.reason{display:-webkit-box;-webkit-box-orient:vertical;overflow:hidden;overflow-wrap:anywhere}
.title{font-size:.9375em;font-weight:600;-webkit-line-clamp:2;margin-block:.8em .35em}
a:hover .title,.why{text-decoration:underline;text-underline-offset:.15em}
.price{min-block-size:1.4em;font-variant-numeric:tabular-nums}
.reason{font-size:.8125em;-webkit-line-clamp:3;margin-block:.45em .9em;
color:var(--encore-muted,color-mix(in srgb,currentColor 76%,transparent))}
.add{display:flex;align-items:center;justify-content:center;gap:.45em;min-block-size:max(2.4em,24px);margin-block-start:auto;
padding:.3em .9em;font:inherit;font-weight:600;cursor:pointer;color:var(--encore-button-color,inherit);
background:var(--encore-button-background,transparent);border:1.5px solid var(--encore-button-border,currentColor);
border-radius:var(--encore-button-radius,99em);transition:box-shadow .15s}
.item>.add+.add{margin-block-start:.6em}
.add:hover{box-shadow:inset 0 0 0 9em color-mix(in srgb,currentColor 10%,transparent)}
.item:has(>.add+.add){min-block-size:calc(var(--encore-image-height,8.5em) + 2*var(--encore-card-padding,.75em) + 15.1em)}
.add[aria-disabled=true]{cursor:progress;opacity:.6}
.plus{inline-size:.8em;fill:none;stroke:currentColor;stroke-width:2.5;stroke-linecap:round}
:is(.link,.add,.why,.toggle):focus-visible{outline:3px solid var(--encore-focus,currentColor);outline-offset:2px}
.status{position:absolute;inset-block-start:1.1em;inset-inline-start:1.1em;max-inline-size:calc(100% - 2.2em);
border-radius:1em;font-size:.8125em;font-weight:600;color:#fff}
.status:not(:empty){padding:.25em .8em;background:#14653a}
.status.failed:not(:empty){background:#a32020}
@container (min-width:24em){
.item:has(>.add+.add){display:grid;grid:auto auto 1fr auto/var(--encore-card-width,10.5em) 1fr;column-gap:1em;
min-block-size:calc(var(--encore-image-height,8.5em) + 2*var(--encore-card-padding,.75em) + 4.1em)}
.item:has(>.add+.add)>.link{grid-row:1/5}
.list:has(.add+.add){grid-auto-columns:minmax(0,30em)}}
@media (prefers-reduced-motion:reduce){.item,.add{transition:none}}
`);

/*
 * An offer opens in its own place. Both buttons have one look and one width, and nothing has a fixed position: so it can never
 * lie over what the shopper pays with.
 */
export const offered = sheet(`
[hidden]{display:none!important}
:host([customer-proof]) section{padding-block-end:0}
section,.ghost{border:1px solid var(--encore-card-border,color-mix(in srgb,currentColor 16%,transparent));
border-radius:var(--encore-radius,.75em);background:var(--encore-card-background,transparent);overflow-wrap:anywhere}
.toggle{display:flex;align-items:center;gap:.6em;inline-size:100%;min-block-size:max(3em,24px);padding:.6em 1em;
font:inherit;font-weight:600;text-align:start;color:inherit;background:none;border:0;
border-radius:var(--encore-radius,.75em);cursor:pointer}
.toggle:hover span{text-decoration:underline;text-underline-offset:.15em}
:is(.tag,.chevron){flex:none;inline-size:1.25em;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linejoin:round;
stroke-linecap:round}
.chevron{inline-size:1em;margin-inline-start:auto;stroke-width:2;transition:transform .15s}
[aria-expanded=true] .chevron{transform:rotate(180deg)}
.panel{padding:.25em 1.1em 1.1em}
[hidden]+.panel{padding-block-start:1em}
.name{font-family:var(--encore-heading-font,inherit);font-size:1.125em;font-weight:600;line-height:1.35;text-wrap:balance}
.text{margin-block-start:.35em}
.amounts{display:flex;flex-wrap:wrap;gap:.1em 1.1em;align-items:baseline;margin-block-start:.6em}
.now{font-size:1.125em;font-variant-numeric:tabular-nums;white-space:nowrap}
:is(.amounts span+span,.conditions){font-size:.8125em;
color:var(--encore-muted,color-mix(in srgb,currentColor 76%,transparent))}
.conditions{margin-block-start:.7em;padding-inline-start:1.1em;list-style:disc}
.conditions:empty{display:none}
.buttons{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5em,1fr));gap:.6em;margin-block-start:1em}
.said:not(:empty){margin:0 1.17em 1.17em;padding:.6em .9em;border-radius:calc(var(--encore-radius,.75em) - .25em);
font-size:.9375em;background:color-mix(in srgb,currentColor 8%,transparent)}
.said.done:not(:empty){color:#fff;background:#14653a}
.said.failed:not(:empty){color:#fff;background:#a32020}
.code{font-family:ui-monospace,monospace;letter-spacing:.04em;white-space:nowrap;user-select:all}
@media (prefers-reduced-motion:reduce){.chevron{transition:none}}
`);

/** A bundle is a row of cards without buttons of their own, and below it what holds for all of them. */
export const bundled = sheet(`
.bundle+.bundle{margin-block-start:1.5em}
.bundle .item{min-block-size:calc(var(--encore-image-height,8.5em) + 2*var(--encore-card-padding,.75em) + 6em)}
.bundle .item+.item::before{content:"+" / "";position:absolute;inset-inline-start:calc(var(--encore-gap,1em)/-2 - .3em);
inset-block-start:calc(var(--encore-image-height,8.5em)/2);font-weight:600}
.bundle .reason{margin-block-end:0}
.bundle>.name{margin-block-end:.5em}
.support{font-size:.8125em;color:var(--encore-muted,color-mix(in srgb,currentColor 76%,transparent))}
.bundle>.add{margin-block-start:.9em;padding-inline:1.6em}
.bundle .said:not(:empty){margin:.8em 0 0}
.add:focus-visible{outline:3px solid var(--encore-focus,currentColor);outline-offset:2px}
section:has(>.bundle){border:0;border-radius:0;background:none}
`);
