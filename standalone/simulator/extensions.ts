/** What a phone does when it is called. */
export type PhoneHabit = 'answers' | 'busy' | 'never answers' | 'offline';

export interface Extension {
  number: string;
  name: string;
  habit: PhoneHabit;
}

export const defaultExtensions: readonly Extension[] = [
  { number: '1001', name: 'Alice Adams', habit: 'answers' },
  { number: '1002', name: 'Bob Brown', habit: 'answers' },
  { number: '1003', name: 'Carol Čapek', habit: 'answers' },
  { number: '1004', name: 'Dave Durand', habit: 'busy' },
  { number: '1005', name: 'Erin Ek', habit: 'never answers' },
  { number: '1006', name: 'Frank Fischer', habit: 'offline' },
];

/** People outside who call in or are called. */
export const outsideParties: readonly { number: string; name: string }[] = [
  { number: '+442079460123', name: 'Hooli Ltd' },
  { number: '+12025550148', name: 'Initech' },
  { number: '+13125550190', name: 'José García' },
  { number: '+49301234567', name: 'Müller GmbH' },
  { number: '+33155512345', name: '' },
  { number: '+34911555012', name: 'Zoë & Søn' },
];
