// The story that each client goes through: a query, a subscription that gets a result, and, behind a cut, one that goes on behind its cursor.
import assert from 'node:assert/strict';

const CHANGES = 'subscription ($after: String) { runChanged(after: $after) { cursor run { package } } }';
const REQUEST = 'mutation ($p: String!) { requestRuns(input: {tests: [{package: $p, suite: "testing", arch: "amd64"}]}) { __typename } }';

// A name of its own for each client: the same request again would go with the run that is there.
const [BEFORE, MEANWHILE] = [`before-${process.pid}`, `meanwhile-${process.pid}`];

export async function tell({ client, cut }) {
  const [position] = await first(client, '{ server { position } }');
  assert.ok(position.server.position);

  const changes = client.iterate({ query: CHANGES, variables: { after: position.server.position } });
  assert.equal((await first(client, REQUEST, { p: BEFORE }))[0].requestRuns.__typename, 'BatchAccepted');
  const { cursor, run } = (await changes.next()).value.data.runChanged;
  assert.equal(run.package, BEFORE);

  cut();
  await assert.rejects(async () => { for await (const _ of changes); });
  await first(client, REQUEST, { p: MEANWHILE });
  for await (const { data } of client.iterate({ query: CHANGES, variables: { after: cursor } })) {
    assert.equal(data.runChanged.run.package, MEANWHILE); // nothing twice, nothing left out
    break;
  }
  await client.dispose();
}

async function first(client, query, variables) {
  const all = [];
  for await (const { data, errors } of client.iterate({ query, variables })) {
    assert.equal(errors, undefined, JSON.stringify(errors));
    all.push(data);
  }
  return all;
}
