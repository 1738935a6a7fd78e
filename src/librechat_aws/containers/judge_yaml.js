// Reads a librechat.yaml as JSON and prints what LibreChat's schema has against it: [{path, message}], empty if nothing.
const { configSchema } = require(process.argv[1]);
let text = '';
process.stdin.on('data', (part) => (text += part)).on('end', () => {
  const result = configSchema.strict().safeParse(JSON.parse(text));
  const issues = result.success ? [] : result.error.issues;
  console.log(JSON.stringify(issues.map(({ path, message, keys }) => ({ path: [...path, ...(keys ?? []).slice(0, 1)], message }))));
});
