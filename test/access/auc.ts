/**
 * How well times tell two things apart: the chance that one of the first takes longer than one of the second, ties
 * counting half. 0.5: not at all. The area under the ROC curve, by ranks (Mann and Whitney's U).
 */
export function auc(first: readonly number[], second: readonly number[]): number {
  const all = [...first.map(ms => ({ ms, isFirst: true })), ...second.map(ms => ({ ms, isFirst: false }))]
  all.sort((a, b) => a.ms - b.ms)
  let ranks = 0
  for (let from = 0; from < all.length; ) {
    let to = from
    while (all[to]?.ms === all[from]?.ms) to++
    // All that are as long as one another share the rank in their middle.
    const rank = (from + to + 1) / 2
    ranks += rank * all.slice(from, to).filter(({ isFirst }) => isFirst).length
    from = to
  }
  return (ranks - (first.length * (first.length + 1)) / 2) / (first.length * second.length)
}
