// Starts Swagger UI, which its own script has left on `window`, with this site's description.

const place = document.querySelector("#reference");

// It knows dark by a class on the root element, and this site by an attribute.
const dim = matchMedia("(prefers-color-scheme: dark)");
function follow() {
  const { theme } = document.documentElement.dataset;
  document.documentElement.classList.toggle("dark-mode", theme === "dark" || (theme === "system" && dim.matches));
}
follow();
dim.addEventListener("change", follow);
new MutationObserver(follow).observe(document.documentElement, { attributeFilter: ["data-theme"] });

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  // The validator is a service of others.
  validatorUrl: null,
  // Colours words by style attributes, which this site's policy refuses.
  syntaxHighlight: false,
});
