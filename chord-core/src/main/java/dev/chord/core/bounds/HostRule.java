package dev.chord.core.bounds;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What may be the host of a peer: an IP literal, or a name as RFC 1123 (2.1) has it; and which addresses are
 * never dialled, whoever names them: those that lead to this link alone, to everybody or to nobody, and those
 * where a cloud hands out its secrets. Pure; any thread.
 */
public final class HostRule {
    private static final int NAME = 253;
    private static final int LABEL = 63;
    private static final int GROUPS = 8;

    /** Where clouds hand out credentials beside 169.254.169.254, which is link-local. */
    private static final List<byte[]> METADATA = List.of(
            ipv4("100.100.100.200").orElseThrow(),
            ipv4("168.63.129.16").orElseThrow(),
            ipv4("192.0.0.192").orElseThrow(),
            ipv6("fd00:ec2::254").orElseThrow(),
            ipv6("fd20:ce::254").orElseThrow());

    private HostRule() {}

    /** What is wrong with a host, in words for people; empty if nothing is. */
    public static String trouble(String host) {
        if (literal(host).isPresent()) {
            return "";
        }
        String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        if (name.isEmpty() || name.length() > NAME) {
            return "it has " + host.length() + " characters, 1 to " + NAME + " are allowed";
        }
        List<String> labels = List.of(name.split("\\.", -1));
        if (!labels.stream().allMatch(HostRule::isLabel)) {
            return "it is neither an IP address nor a name of letters, digits and hyphens with dots between";
        }
        boolean number = labels.get(labels.size() - 1).chars().allMatch(HostRule::isDigit);
        return number ? "it ends in a number as an address does, but is none" : "";
    }

    public static boolean legal(String host) {
        return trouble(host).isEmpty();
    }

    private static boolean isLabel(String label) {
        return !label.isEmpty()
                && label.length() <= LABEL
                && label.charAt(0) != '-'
                && label.charAt(label.length() - 1) != '-'
                && label.chars().allMatch(c -> isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-');
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    /**
     * Whether a host is an address that is never dialled; of a name only the addresses that it leads to
     * can tell.
     */
    public static boolean neverDialled(String host) {
        return literal(host).map(HostRule::neverDialled).orElse(false);
    }

    /**
     * Whether an address is never dialled.
     *
     * @param address 4 or 16 bytes, the first one first
     */
    public static boolean neverDialled(byte[] address) {
        if (METADATA.stream().anyMatch(one -> Arrays.equals(one, address))) {
            return true;
        }
        if (address.length == 4) {
            int first = address[0] & 0xff;
            boolean linkLocal = first == 169 && (address[1] & 0xff) == 254;
            return linkLocal || first == 0 || first >= 224; // nobody; groups, what is reserved, everybody
        }
        boolean linkLocal = (address[0] & 0xff) == 0xfe && (address[1] & 0xc0) == 0x80;
        if (linkLocal || (address[0] & 0xff) == 0xff) {
            return true;
        }
        return inner(address).map(HostRule::neverDialled).orElse(false);
    }

    // The IPv4 address that is written into one of IPv6, mapped, compatible or for a translator (RFC 4291,
    // 6052); loopback is none.
    private static Optional<byte[]> inner(byte[] address) {
        boolean zeros = isZero(address, 0, 10);
        boolean mapped = zeros && (address[10] & address[11] & 0xff) == 0xff;
        boolean compatible = zeros && isZero(address, 10, 12) && !(isZero(address, 12, 15) && address[15] == 1);
        boolean translated = address[0] == 0
                && address[1] == 0x64
                && (address[2] & 0xff) == 0xff
                && (address[3] & 0xff) == 0x9b
                && isZero(address, 4, 12);
        return mapped || compatible || translated ? Optional.of(Arrays.copyOfRange(address, 12, 16)) : Optional.empty();
    }

    private static boolean isZero(byte[] address, int from, int to) {
        for (int i = from; i < to; i++) {
            if (address[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** The bytes of an IP literal, without brackets or zone; empty if the host is none. */
    public static Optional<byte[]> literal(String host) {
        return host.indexOf(':') >= 0 ? ipv6(host) : ipv4(host);
    }

    private static Optional<byte[]> ipv4(String text) {
        String[] parts = text.split("\\.", -1);
        byte[] address = new byte[4];
        if (parts.length != address.length) {
            return Optional.empty();
        }
        for (int i = 0; i < address.length; i++) {
            String part = parts[i];
            boolean plain = !part.isEmpty()
                    && part.length() <= 3
                    && part.chars().allMatch(HostRule::isDigit)
                    && (part.length() == 1 || part.charAt(0) != '0'); // to some a leading zero means base 8
            if (!plain || Integer.parseInt(part) > 255) {
                return Optional.empty();
            }
            address[i] = (byte) Integer.parseInt(part);
        }
        return Optional.of(address);
    }

    private static Optional<byte[]> ipv6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            return groups(text).filter(all -> all.length == 2 * GROUPS);
        }
        Optional<byte[]> head = groups(text.substring(0, gap));
        Optional<byte[]> tail = groups(text.substring(gap + 2));
        boolean endsInIpv4 = text.substring(0, gap).indexOf('.') >= 0;
        if (head.isEmpty() || tail.isEmpty() || endsInIpv4) {
            return Optional.empty();
        }
        if (head.get().length + tail.get().length > 2 * (GROUPS - 1)) {
            return Optional.empty();
        }
        byte[] address = Arrays.copyOf(head.get(), 2 * GROUPS);
        int rest = tail.get().length;
        System.arraycopy(tail.get(), 0, address, address.length - rest, rest);
        return Optional.of(address);
    }

    // Groups of hexadecimal digits, the last two of which may be written as an IPv4 address; of
    // nothing: none.
    private static Optional<byte[]> groups(String text) {
        if (text.isEmpty()) {
            return Optional.of(new byte[0]);
        }
        String[] parts = text.split(":", -1);
        byte[] bytes = new byte[2 * parts.length + 2];
        int length = 0;
        for (int i = 0; i < parts.length; i++) {
            Optional<byte[]> last = i == parts.length - 1 ? ipv4(parts[i]) : Optional.empty();
            byte[] group = last.isPresent() ? last.get() : group(parts[i]);
            if (group.length == 0 || length + group.length > 2 * GROUPS) {
                return Optional.empty();
            }
            System.arraycopy(group, 0, bytes, length, group.length);
            length += group.length;
        }
        return Optional.of(Arrays.copyOf(bytes, length));
    }

    private static byte[] group(String text) {
        boolean hexadecimal = !text.isEmpty()
                && text.length() <= 4
                && text.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128);
        if (!hexadecimal) {
            return new byte[0];
        }
        int value = Integer.parseInt(text, 16);
        return new byte[] {(byte) (value >> 8), (byte) value};
    }
}
