import type { Channel } from './channel.ts';
import type { SimulatedPbx } from './pbx.ts';

function spread(names: readonly string[], value: () => string, pad: string): string {
  return names.map((name) => `${pad}${name}=${value()};`).join('');
}

function sides(kind: string): string[] {
  return ['rx', 'tx'].flatMap((way) => ['min', 'max', 'avg', 'stdev'].map((figure) => figure + way + kind));
}

/** The five variables of call quality that a SIP channel sets at its end, also on its peer as `…BRIDGED`. */
export function setRtpQuality(pbx: SimulatedPbx, channel: Channel, peer: Channel | undefined): void {
  const { random } = pbx;
  const small = () => random.between(0, 0.02).toFixed(6).padStart(10, '0');
  const count = Math.floor(random.between(50, 9000));
  const values: readonly (readonly [string, string])[] = [
    [
      'RTPAUDIOQOS',
      `ssrc=${Math.floor(random.between(1e8, 4e9))};themssrc=${Math.floor(random.between(1e8, 4e9))};lp=0;` +
        `rxjitter=${small()};rxcount=${count};txjitter=${small()};txcount=${count};rlp=0;rtt=${small()}`,
    ],
    ['RTPAUDIOQOSJITTER', spread(sides('jitter'), small, '')],
    ['RTPAUDIOQOSLOSS', spread(sides('lost'), small, '  ')],
    ['RTPAUDIOQOSRTT', spread(['minrtt', 'maxrtt', 'avgrtt', 'stdevrtt'], small, '     ')],
    ['RTPAUDIOQOSMES', spread(sides('mes'), small, '   ')],
  ];
  for (const [name, value] of values) {
    channel.setVariable(name, value);
    peer?.setVariable(`${name}BRIDGED`, value);
  }
}
