package dev.chord.node.config;

import dev.chord.core.ring.Endpoint;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What may stand in a setting: the words people read in the reference and in errors, and the test they
 * describe. Immutable.
 */
public final class SettingRange {
    private static final int MAX_SEEDS = 256;

    private final String words;
    private final Predicate<String> test;

    private SettingRange(String words, Predicate<String> test) {
        this.words = words;
        this.test = test;
    }

    /** The range in words that follow "must be". */
    public String words() {
        return words;
    }

    boolean holds(String value) {
        return test.test(value);
    }

    SettingRange orEmpty() {
        return new SettingRange(words + ", or empty", value -> value.isEmpty() || test.test(value));
    }

    static SettingRange text(int bytes) {
        return new SettingRange("1 to " + bytes + " bytes of text without control characters", value -> {
            int length = value.getBytes(StandardCharsets.UTF_8).length;
            return length > 0 && length <= bytes && value.codePoints().noneMatch(Character::isISOControl);
        });
    }

    static SettingRange flag() {
        return oneOf("true", "false");
    }

    static SettingRange oneOf(String... values) {
        List<String> all = List.of(values);
        int last = all.size() - 1;
        return new SettingRange(String.join(", ", all.subList(0, last)) + " or " + all.get(last), all::contains);
    }

    static SettingRange number(int min, int max) {
        return new SettingRange(
                "a number from " + min + " to " + max,
                value -> parseInt(value).filter(n -> n >= min && n <= max).isPresent());
    }

    static SettingRange duration(String min, String max) {
        Duration least = NodeConfig.parseDuration(min).orElseThrow();
        Duration most = NodeConfig.parseDuration(max).orElseThrow();
        return new SettingRange(
                "a time from " + min + " to " + max,
                value -> NodeConfig.parseDuration(value)
                        .filter(d -> d.compareTo(least) >= 0 && d.compareTo(most) <= 0)
                        .isPresent());
    }

    static SettingRange size(String min, String max) {
        long least = NodeConfig.parseBytes(min).orElseThrow();
        long most = NodeConfig.parseBytes(max).orElseThrow();
        return new SettingRange(
                "a size from " + min + " to " + max,
                value -> NodeConfig.parseBytes(value)
                        .filter(n -> n >= least && n <= most)
                        .isPresent());
    }

    static SettingRange share(int min, int max) {
        return new SettingRange(
                "a share from " + min + "% to " + max + "%",
                value -> NodeConfig.parsePercent(value)
                        .filter(n -> n >= min && n <= max)
                        .isPresent());
    }

    static SettingRange sizeOrShare(SettingRange size, SettingRange share) {
        return new SettingRange(size.words + ", or " + share.words, size.test.or(share.test));
    }

    static SettingRange path() {
        return new SettingRange("a path", value -> {
            try {
                return !value.isBlank() && !Path.of(value).toString().isEmpty();
            } catch (InvalidPathException e) {
                return false;
            }
        });
    }

    /** Any number of absolute paths, none too. */
    static SettingRange directories() {
        return new SettingRange(
                "absolute paths, separated by commas, or empty",
                value -> NodeConfig.parts(value).stream()
                        .allMatch(one -> path().holds(one) && Path.of(one).isAbsolute()));
    }

    /** An address to listen on; port 0 is any free one. */
    static SettingRange listening() {
        return new SettingRange("ADDRESS:PORT with a port from 0 to 65535", value -> {
            int colon = value.lastIndexOf(':');
            Optional<Integer> port = parseInt(value.substring(colon + 1));
            return port.filter(p -> p >= 0 && p <= 65_535).isPresent()
                    && (colon <= 0 || DialableHost.known(withoutBrackets(value.substring(0, colon))));
        });
    }

    /** An address that others can dial. */
    static SettingRange dialable() {
        return new SettingRange(
                "HOST or HOST:PORT that others can dial: no wildcard, multicast or link-local address",
                value -> DialableHost.of(value).isPresent());
    }

    static SettingRange seeds() {
        return new SettingRange("up to " + MAX_SEEDS + " times HOST:PORT with commas between", value -> {
            List<String> parts = NodeConfig.parts(value);
            return parts.size() <= MAX_SEEDS && parts.stream().allMatch(SettingRange::endpoint);
        });
    }

    static SettingRange hosts() {
        return new SettingRange(
                "host names or addresses with commas between",
                value -> Arrays.stream(value.split(","))
                        .map(String::strip)
                        .allMatch(host -> host.isEmpty() || DialableHost.known(withoutBrackets(host))));
    }

    private static String withoutBrackets(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private static boolean endpoint(String text) {
        try {
            return DialableHost.known(Endpoint.parse(text).host());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Optional<Integer> parseInt(String text) {
        try {
            return Optional.of(Integer.parseInt(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
