// The key that somebody has entered is kept for the session of this tab, and nowhere else, until they take it away.
const KEPT = "galley.key";

const keeping = () => ({
  statePlugins: {
    auth: {
      wrapActions: {
        authorize: (authorize) => (given) => {
          const key = given.key?.value;
          if (key) sessionStorage.setItem(KEPT, key);
          return authorize(given);
        },
        logout: (logout) => (names) => {
          sessionStorage.removeItem(KEPT);
          return logout(names);
        },
      },
    },
  },
});

const ui = SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  // All operations at once are more than the page can show.
  docExpansion: "none",
  validatorUrl: null,
  plugins: [keeping],
  onComplete: () => {
    const key = sessionStorage.getItem(KEPT);
    if (key) ui.preauthorizeApiKey("key", key);
  },
});
