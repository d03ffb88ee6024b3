/**
 * What `make` made of an object, kept as long as the object is. Packets mostly come in trains of the same kind, so the
 * last answer is kept aside.
 */
export function memoByObject<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  let last: { key: K; value: V } | null = null;
  return (key) => {
    if (last !== null && last.key === key) return last.value;
    let value = known.get(key);
    if (value === undefined) {
      value = make(key);
      known.set(key, value);
    }
    last = { key, value };
    return value;
  };
}

/** The same for texts, of which the first `limit` are kept. */
export function memoByText<V>(limit: number, make: (key: string) => V): (key: string) => V {
  const known = new Map<string, V>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const value = make(key);
    if (known.size < limit) known.set(key, value);
    return value;
  };
}
