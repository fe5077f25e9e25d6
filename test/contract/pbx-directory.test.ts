import { createMemoryPbxDirectory } from '#test/support/memory-pbx-directory.ts';
import { describePbxDirectory } from './pbx-directory.ts';

describePbxDirectory('in memory', createMemoryPbxDirectory);
