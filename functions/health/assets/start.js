// The key that somebody has entered is kept for the session of this tab, and nowhere else.
const KEPT = "galley.key";

const ui = SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (!request.loadSpec) {
      const [scheme, key] = (request.headers.Authorization ?? "").split(" ");
      if (scheme === "Bearer" && key) sessionStorage.setItem(KEPT, key);
      else sessionStorage.removeItem(KEPT);
    }
    return request;
  },
  onComplete: () => {
    const key = sessionStorage.getItem(KEPT);
    if (key) ui.preauthorizeApiKey("key", key);
  },
});
