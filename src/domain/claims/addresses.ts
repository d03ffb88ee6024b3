/** IPv4, IPv6 and MAC addresses in one spelling each, so that they can be compared; null for what is none. */
export function canonicalAddress(text: string): string | null {
  const lower = text.toLowerCase();
  if (/^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/.test(lower)) return lower.replaceAll('-', ':');
  if (/^(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}$/.test(lower)) {
    return (lower.replaceAll('.', '').match(/../g) ?? []).join(':');
  }
  const parts = lower.split('.');
  if (parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) {
    return parts.map(Number).join('.');
  }
  return lower.includes(':') ? canonicalIpv6(lower) : null;
}

function canonicalIpv6(text: string): string | null {
  const bare = text.replace(/%\w+$/, '');
  const mapped = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(bare);
  const tail = mapped === null ? null : canonicalAddress(mapped[2] ?? '');
  const [a = 0, b = 0, c = 0, d = 0] = (tail ?? '').split('.').map(Number);
  const whole =
    mapped === null ? bare : `${mapped[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  if (!/^[0-9a-f:]+$/.test(whole) || whole.split('::').length > 2) return null;
  const [head = '', rest] = whole.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = rest === undefined || rest === '' ? [] : rest.split(':');
  const missing = 8 - left.length - right.length;
  if (rest === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...left, ...Array.from({ length: rest === undefined ? 0 : missing }, () => '0'), ...right];
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/.test(group))) return null;
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}

/** Whether an IPv4 network in CIDR notation holds the address. */
export function holds(network: string, address: string): boolean {
  const [base = '', bits = ''] = network.split('/');
  const [a, b] = [base, address].map(bitsOf);
  return (
    a !== undefined && b !== undefined && a !== '' && a.slice(0, Number(bits)) === b.slice(0, Number(bits))
  );
}

function bitsOf(address: string): string {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part))) return '';
  return parts.map((part) => part.toString(2).padStart(8, '0')).join('');
}
