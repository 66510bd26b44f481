// graphql-ws against a server: node graphql-ws.js URL KEY
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { tell } from './story.js';

const [url, key] = process.argv.slice(2);
let socket;

await tell({
  client: createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: { Authorization: `Bearer ${key}` },
    webSocketImpl: class extends WebSocket {
      constructor(...address) {
        super(...address);
        socket = this;
      }
    },
    retryAttempts: 0, // the story tries again by itself, behind its cursor
  }),
  cut: () => socket.terminate(),
});
