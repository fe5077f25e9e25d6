import type { AmiActions, AmiReply } from '#core/ports/ami.ts';

/** What CoreShowChannels answers: the Uniqueids that are open, a failure, or answers as they are. */
export type ChannelListAnswer = readonly string[] | Error | { replies: AmiReply[] };

/** AmiActions that answers CoreShowChannels from a script; the last answer stays. */
export function scriptedChannelList(...script: ChannelListAnswer[]): AmiActions & {
  asked: number;
  answer(next: ChannelListAnswer): void;
} {
  return {
    asked: 0,
    answer: (next) => {
      script = [next];
    },
    send(action) {
      this.asked += 1;
      if (action.Action !== 'CoreShowChannels')
        return Promise.reject(new Error(`unexpected ${action.Action}`));
      const answer = (script.length > 1 ? script.shift() : script[0]) ?? [];
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve('replies' in answer ? answer.replies : channelList(answer));
    },
  };
}

export function channelList(uniqueids: readonly string[]): AmiReply[] {
  return [
    { Response: 'Success', EventList: 'start', Message: 'Channels will follow' },
    ...uniqueids.map((Uniqueid) => ({
      Event: 'CoreShowChannel',
      Uniqueid,
      Channel: `PJSIP/${Uniqueid}`,
      Application: 'Dial',
    })),
    { Event: 'CoreShowChannelsComplete', EventList: 'Complete', ListItems: String(uniqueids.length) },
  ];
}
