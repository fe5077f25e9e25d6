/** As many requests at a time as a CLI may have under way: quick, and far from AWS's limits. */
const requestsAtATime = 32;

/** Works on the items, at most `limit` at a time; the results are in the items' order. Rejects at the first failure. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  limit = requestsAtATime,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const place = next;
      next += 1;
      results[place] = await work(items[place] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
