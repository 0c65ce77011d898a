// The event stream of a generation or a feed. EventSource joins again by itself after a dropped connection, but gives
// up for good when the server refuses (an old ticket, a restart behind a proxy): then we ask for a new ticket, slower
// each time.

const EVENTS = ["queued", "started", "preview", "picture", "succeeded", "failed", "canceled", "blocked", "snapshot", "over"];
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;

/**
 * @param {string} url the stream's address with its ticket
 * @param {(name: string, data: object) => void} heard
 * @param {() => Promise<string|null>} renew a new address, or null when there is nothing more to follow
 * @returns {() => void} stop following
 */
export function follow(url, heard, renew) {
  let source = null;
  let wait = FIRST_WAIT;
  let timer = 0;
  let stopped = false;

  function open(address) {
    source = new EventSource(address);
    for (const name of EVENTS) source.addEventListener(name, hear);
    source.onerror = () => source.readyState === EventSource.CLOSED && again();
  }

  function hear(event) {
    wait = FIRST_WAIT;
    heard(event.type, event.data ? JSON.parse(event.data) : {});
  }

  function again() {
    source.close();
    clearTimeout(timer);
    timer = setTimeout(reopen, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  async function reopen() {
    try {
      const address = await renew();
      if (address && !stopped) open(address);
    } catch {
      if (!stopped) again();
    }
  }

  open(url);
  return () => {
    stopped = true;
    clearTimeout(timer);
    source.close();
  };
}
