/** Making nodes without markup strings, as Trusted Types asks. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with attributes (null and undefined ones left out) and children; a string child is text, never markup. A part
 * that shops may theme is a class of the same name here.
 */
export function make(name, attributes, ...children) {
  return dressed(document.createElement(name), attributes, children);
}

/** A drawing of one path, hidden from assistive technology. */
export function drawing(part, viewBox, path) {
  const line = dressed(document.createElementNS(SVG, "path"), { d: path }, []);
  return dressed(document.createElementNS(SVG, "svg"), { class: part, viewBox, "aria-hidden": "true" }, [line]);
}

function dressed(node, attributes, children) {
  attributes.class ??= attributes.part;
  for (const [name, value] of Object.entries(attributes)) if (value != null) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
