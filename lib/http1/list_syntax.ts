/**
 * PROTOCOL (RFC 9110 5.6.1): comma-separated lists, as a recipient must read them.
 *
 * White space around the commas and empty members are let through, as 5.6.1.2 asks; anything else that
 * is not a member makes the whole list malformed. The text is looked at once from left to right, so
 * that no value, however odd, costs more than its length.
 */

const COMMA = 0x2c;
const SP = 0x20;
const HTAB = 0x09;

/**
 * The members of the list that is `text` from `start` on: what `member`, a sticky expression, finds in
 * each. Null where the list is malformed or has more members than `most`. No member at all is a list too.
 */
export function parseList(
  text: string,
  options: { member: RegExp; start?: number; most?: number },
): RegExpExecArray[] | null {
  const { member, start = 0, most = Infinity } = options;
  const members: RegExpExecArray[] = [];
  let isComplete = false;
  for (let i = start; i < text.length;) {
    const character = text.charCodeAt(i);
    if (character === COMMA) {
      isComplete = false;
      i++;
    } else if (character === SP || character === HTAB) {
      i++;
    } else {
      member.lastIndex = i;
      const found = isComplete ? null : member.exec(text);
      if (found === null || members.length === most) return null;
      members.push(found);
      isComplete = true;
      i = member.lastIndex;
    }
  }
  return members;
}
