import * as z from 'zod';

/** Unix time in seconds, with fractions. Every instant in a contract is written so. */
export const unixSecondsSchema = z.number().nonnegative().lt(1e11);
