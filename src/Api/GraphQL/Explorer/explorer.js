// Starts GraphiQL: queries by POST, subscriptions over a WebSocket, each with what the headers' editor holds.
'use strict';
(() => {
  const address = new URL(window.location.href);
  const endpoint = address.origin + address.pathname;

  const isSubscription = (request, document) => {
    const operations = (document?.definitions ?? []).filter(d => d.kind === 'OperationDefinition');
    const called = operations.find(d => !request.operationName || d.name?.value === request.operationName);
    return called?.operation === 'subscription';
  };

  const ask = async (request, headers) => {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json', ...headers },
      body: JSON.stringify(request),
    });
    return answer.json();
  };

  // A connection for each subscription, since the key may have changed in between; it closes with it.
  const follow = (request, headers) => graphqlWs.createClient({
    url: endpoint.replace(/^http/, 'ws'),
    connectionParams: headers ?? {},
  }).iterate(request);

  const fetcher = (request, options) => isSubscription(request, options?.documentAST)
    ? follow(request, options?.headers)
    : ask(request, options?.headers);

  // The address follows what is written, so that it can be passed on. Headers are left out: they hold the key.
  const keep = name => value => {
    if (value) address.searchParams.set(name, value); else address.searchParams.delete(name);
    if (address.href.length < 8000) window.history.replaceState(null, '', address);
  };

  ReactDOM.createRoot(document.getElementById('explorer')).render(React.createElement(GraphiQL, {
    fetcher,
    query: address.searchParams.get('query') ?? undefined,
    variables: address.searchParams.get('variables') ?? undefined,
    defaultQuery: '# Ctrl-Enter runs what stands here; the book on the left is the schema.\n# Reading public things needs no key. With one, below in Headers: {"Authorization": "Bearer KEY"}\n\n{\n  server {\n    position\n  }\n}\n',
    onEditQuery: keep('query'),
    onEditVariables: keep('variables'),
    shouldPersistHeaders: false,
  }));
})();
