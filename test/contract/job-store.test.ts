import { createMemoryJobStore } from '#test/support/memory-job-store.ts';
import { describeJobStore } from './job-store.ts';

describeJobStore('in memory', createMemoryJobStore);
