/** An entry that the bus refused for good. */
export interface SetAsideEntry {
  id: number;
  /** Unix milliseconds at which it was refused. */
  at: number;
  source: string;
  detailType: string;
  detail: string;
  error: string;
}
