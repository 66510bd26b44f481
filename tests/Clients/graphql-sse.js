// graphql-sse against a server: node graphql-sse.js URL KEY
import { createClient } from 'graphql-sse';
import { tell } from './story.js';

const [url, key] = process.argv.slice(2);
const streams = [];

await tell({
  client: createClient({
    url,
    headers: { Authorization: `Bearer ${key}` },
    fetchFn: async (address, init) => {
      const broken = new AbortController();
      streams.push(broken);
      init.signal?.addEventListener('abort', () => broken.abort());
      return fetch(address, { ...init, signal: broken.signal });
    },
    retryAttempts: 0, // the story tries again by itself, behind its cursor
  }),
  cut: () => streams.forEach(stream => stream.abort(new Error('cut'))),
});
