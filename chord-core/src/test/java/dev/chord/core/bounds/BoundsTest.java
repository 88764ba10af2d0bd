package dev.chord.core.bounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.version.Version;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** What may come from outside: hosts, addresses, numbers, text. */
class BoundsTest {
    @Test
    void hostsAreAddressesOrNames() {
        for (String host : List.of(
                "127.0.0.1",
                "::1",
                "2001:db8::8:800:200c:417a",
                "::ffff:192.0.2.1",
                "1:2:3:4:5:6:7:8",
                "n1",
                "a-b.example",
                "chord-0.chord.ns.svc.cluster.local.",
                "3com.example",
                "xn--bcher-kva.example")) {
            assertThat(HostRule.trouble(host)).as(host).isEmpty();
        }
        for (String host : List.of(
                "",
                " ",
                ".",
                "bad host!",
                "a_b",
                "-a",
                "a-",
                "a..b",
                "1.2.3",
                "1.2.3.4.5",
                "256.1.1.1",
                "01.2.3.4",
                "42",
                "a.7",
                "fe80::1%eth0",
                "[::1]",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "12345::",
                ":1:2:3:4:5:6:7",
                "1.2.3.4::",
                "\u0661.2.3.4",
                "b\u00fccher.example",
                "a\u0000b",
                "a/b",
                "</text><script>",
                "a".repeat(64),
                "a.".repeat(127) + "a")) {
            assertThat(HostRule.legal(host)).as(host).isFalse();
        }
        assertThatThrownBy(() -> new Endpoint("bad host!", 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Endpoint("a\u001b[31m", 1)).hasMessageNotContaining("\u001b");
    }

    @Property(tries = 2000)
    void anyTextIsAHostOrHasATrouble(@ForAll String text) {
        assertThat(HostRule.legal(text)).isEqualTo(HostRule.trouble(text).isEmpty());
        assertThat(HostRule.neverDialled(text)).isIn(true, false);
    }

    @Test
    void someAddressesAreNeverDialled() {
        for (String host : List.of(
                "0.0.0.0",
                "0.1.2.3",
                "169.254.169.254",
                "169.254.0.1",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "100.100.100.200",
                "168.63.129.16",
                "::",
                "fe80::1",
                "febf::1",
                "ff02::1",
                "fd00:ec2::254",
                "::ffff:169.254.169.254",
                "::169.254.169.254",
                "64:ff9b::169.254.169.254",
                "64:ff9b::a9fe:a9fe",
                "::ffff:0:0")) {
            assertThat(HostRule.legal(host)).as(host).isTrue();
            assertThat(HostRule.neverDialled(host)).as(host).isTrue();
        }
        for (String host : List.of(
                "127.0.0.1",
                "10.0.0.1",
                "192.168.1.1",
                "203.0.113.9",
                "::1",
                "fd00::1",
                "fec0::1",
                "2001:db8::1",
                "::ffff:127.0.0.1",
                "metadata.example")) {
            assertThat(HostRule.neverDialled(host)).as(host).isFalse();
        }
    }

    @Test
    void numbersLeaveRoom() {
        assertThat(NumberBounds.unasked(0, 0)).isTrue();
        assertThat(NumberBounds.unasked(NumberBounds.STEP, 0)).isTrue();
        assertThat(NumberBounds.unasked(NumberBounds.STEP + 1, 0)).isFalse();
        assertThat(NumberBounds.unasked(-1, 0)).isFalse();
        assertThat(NumberBounds.unasked(Long.MIN_VALUE, Long.MAX_VALUE)).isFalse();
        assertThat(NumberBounds.unasked(Long.MAX_VALUE, Long.MAX_VALUE)).isFalse();
        assertThat(NumberBounds.asked(NumberBounds.LIMIT - 1)).isTrue();
        assertThat(NumberBounds.asked(NumberBounds.LIMIT)).isFalse();
        assertThat(NumberBounds.epochAsked(NumberBounds.EPOCHS - 1)).isTrue();
        assertThat(NumberBounds.epochAsked(NumberBounds.EPOCHS)).isFalse();
        assertThat(NumberBounds.sequenceUnasked(Long.MAX_VALUE, 1)).isFalse();
        assertThat(NumberBounds.sequenceUnasked((1L << 40) + 5, 1)).isTrue();
        assertThat(NumberBounds.sequenceUnasked((NumberBounds.STEP + 2) << 40, 1))
                .isFalse();
    }

    @Property
    void whatAnAcceptedEpochMakesOfAVersionIsAccepted(@ForAll @LongRange(min = 0) long epoch) {
        long told = epoch % (2 * NumberBounds.EPOCHS);
        if (NumberBounds.epochAsked(told)) {
            Version next = Version.NONE.next(told, Identifier.of(1));
            assertThat(NumberBounds.asked(next.sequence())).isTrue();
            assertThat(next.epoch()).isEqualTo(told);
        }
    }

    @Property
    void whoIsFollowedStepByStepNeverRunsOut(@ForAll @LongRange(min = 0, max = 1L << 61) long known) {
        assertThat(NumberBounds.unasked(known + 1, known)).isTrue();
    }

    @Test
    void anOwnerTakesNoLaterVersionThanItsOwn() {
        Version here = new Version((3L << 40) + 7, Identifier.of(9));
        Version later = new Version((3L << 40) + 8, Identifier.of(8));
        assertThat(NumberBounds.ownerMayTake(later, here, 3, false)).isFalse();
        assertThat(NumberBounds.ownerMayTake(later, here, 3, true)).isTrue();
        assertThat(NumberBounds.ownerMayTake(later, here, 4, false)).isTrue();
        assertThat(NumberBounds.ownerMayTake(here, later, 3, false)).isTrue();
    }

    @Test
    void nothingIsLeftThatATerminalObeys() {
        assertThat(Disarmed.line("a\u001b[31mb")).isEqualTo("a\\u{1b}[31mb");
        assertThat(Disarmed.line("c1\u009b31m")).isEqualTo("c1\\u{9b}31m");
        assertThat(Disarmed.line("one\r\ntwo\u2028three")).isEqualTo("one\\u{d}\\u{a}two\\u{2028}three");
        assertThat(Disarmed.line("x\u202egnp.exe\u2066\u200f")).isEqualTo("x\\u{202e}gnp.exe\\u{2066}\\u{200f}");
        assertThat(Disarmed.line("\uD800")).isEqualTo("\\u{d800}");
        assertThat(Disarmed.line("caf\u00e9 \u65e5\u672c \u05d0 \ud83d\ude00"))
                .isEqualTo("caf\u00e9 \u65e5\u672c \u05d0 \ud83d\ude00");
        assertThat(Disarmed.lines("a\n\tb\u0007")).isEqualTo("a\n\tb\\u{7}");
        assertThat(Disarmed.json("{\"a\":\n \"\u009b\"}")).isEqualTo("{\"a\":\n \"\\u009b\"}");
    }

    @Property(tries = 3000)
    void whateverComesInOneHarmlessLineComesOut(@ForAll String text) {
        assertThat(Disarmed.line(text).chars()).noneMatch(Disarmed::isArmed);
        assertThat(Disarmed.line(Disarmed.line(text))).isEqualTo(Disarmed.line(text));
    }
}
