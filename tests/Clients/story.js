// The story that each client goes through: a query, a subscription that gets a result, and, behind a cut, one that goes on behind its cursor.
import assert from 'node:assert/strict';

const CHANGES = 'subscription ($after: String) { runChanged(after: $after) { cursor run { package } } }';
const REQUEST = 'mutation ($p: String!) { requestRuns(input: {tests: [{package: $p, suite: "testing", arch: "amd64"}]}) { __typename } }';

export async function tell({ client, cut }) {
  const [position] = await first(client, '{ server { position } }');
  assert.ok(position.server.position);

  const changes = client.iterate({ query: CHANGES, variables: { after: position.server.position } });
  assert.equal((await first(client, REQUEST, { p: 'before' }))[0].requestRuns.__typename, 'BatchAccepted');
  const { cursor, run } = (await changes.next()).value.data.runChanged;
  assert.equal(run.package, 'before');

  cut();
  await assert.rejects(async () => { for await (const _ of changes); });
  await first(client, REQUEST, { p: 'meanwhile' });
  for await (const { data } of client.iterate({ query: CHANGES, variables: { after: cursor } })) {
    assert.equal(data.runChanged.run.package, 'meanwhile'); // nothing twice, nothing left out
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
