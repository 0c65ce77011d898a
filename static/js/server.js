/** Ask our server as a script: it answers with a fragment or with data instead of a whole page. */
export const ask = (url, options = {}) => fetch(url, { ...options, headers: { "HX-Request": "true" } });
