/** What is in view: near enough to start, and seen long enough to count. */

const NEAR = "300px";
const SEEN_SECONDS = 1;

/** Calls `moved(entry)` whenever the element comes near the viewport or leaves it, and once at the start. */
export function watchNear(element, moved) {
  const observer = new IntersectionObserver((entries) => moved(entries.at(-1)), { rootMargin: NEAR });
  observer.observe(element);
  return () => observer.disconnect();
}

/** Is any part of the element's box in the viewport now? */
export function inView(element) {
  const { top, bottom, height } = element.getBoundingClientRect();
  return height > 0 && bottom > 0 && top < innerHeight;
}

/** Is the element below the viewport now? An observer's entry may be older than the last scroll. */
export function isBelow(element) {
  return element.getBoundingClientRect().top >= innerHeight;
}

/**
 * Calls `seen()` once half of the element has been in view for a second on end, in a visible page. `height` is for what is
 * not shown (holdout): the element is then a point, and stands for a box of that many pixels below it.
 */
export function watchSeen(element, seen, height = 0) {
  let half = false;
  let timer;
  const observer = new IntersectionObserver(
    (entries) => {
      const { isIntersecting, intersectionRatio } = entries.at(-1);
      half = isIntersecting && intersectionRatio >= 0.5;
      weigh();
    },
    { threshold: 0.5, rootMargin: `${height / 2}px 0px ${-height / 2}px 0px` },
  );
  function weigh() {
    clearTimeout(timer);
    if (half && document.visibilityState === "visible") timer = setTimeout(finish, SEEN_SECONDS * 1000);
  }
  function stop() {
    clearTimeout(timer);
    observer.disconnect();
    document.removeEventListener("visibilitychange", weigh);
  }
  function finish() {
    stop();
    seen();
  }
  observer.observe(element);
  document.addEventListener("visibilitychange", weigh);
  return stop;
}
