import { spend, spendSearch, type Budget } from './budget.ts';
import { isPythonSpace } from './python-text.ts';

/** text.split(separator, most); below 0: without a limit. */
export function splitAt(text: string, separator: string, most: number, budget: Budget): string[] {
  spendSearch(budget, text, separator);
  const parts = text.split(separator);
  spend(budget, parts.length);
  if (most < 0 || parts.length <= most + 1) return parts;
  return [...parts.slice(0, most), parts.slice(most).join(separator)];
}

/** text.split(None, most): runs of white space part the words; what is left over keeps its end. */
export function splitWords(text: string, most: number, budget: Budget): string[] {
  spend(budget, text.length);
  const words: string[] = [];
  let at = skip(text, 0, true);
  while (at < text.length) {
    if (most >= 0 && words.length === most) {
      words.push(text.slice(at));
      break;
    }
    const end = skip(text, at, false);
    words.push(text.slice(at, end));
    at = skip(text, end, true);
  }
  spend(budget, words.length);
  return words;
}

function skip(text: string, from: number, space: boolean): number {
  let at = from;
  while (at < text.length && isPythonSpace(text.charCodeAt(at)) === space) at += 1;
  return at;
}
