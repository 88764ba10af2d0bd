package dev.chord.core.id;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class IdentifierTest {
    private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(256);

    @Provide
    static Arbitrary<Identifier> identifiers() {
        Arbitrary<byte[]> random = Arbitraries.bytes().array(byte[].class).ofSize(Identifier.BYTES);
        // words of all ones and all zeros are where carries go wrong
        Arbitrary<byte[]> extreme =
                Arbitraries.of((byte) 0, (byte) -1).array(byte[].class).ofSize(Identifier.BYTES);
        return Arbitraries.oneOf(random, extreme).map(Identifier::ofBytes);
    }

    private static BigInteger number(Identifier id) {
        return new BigInteger(1, id.toBytes());
    }

    @Property
    void distanceIsSubtractionModulo2To256(@ForAll("identifiers") Identifier a, @ForAll("identifiers") Identifier b) {
        BigInteger expected = number(b).subtract(number(a)).mod(MODULUS);
        assertThat(number(IdentifierCircle.FULL.distance(a, b))).isEqualTo(expected);
    }

    @Property
    void fingerStartIsAdditionModulo2To256(@ForAll("identifiers") Identifier n, @ForAll @IntRange(max = 255) int i) {
        BigInteger expected = number(n).add(BigInteger.ONE.shiftLeft(i)).mod(MODULUS);
        assertThat(number(IdentifierCircle.FULL.fingerStart(n, i))).isEqualTo(expected);
    }

    @Property
    void fingersOfSeveralDigitsAreOneForEachDigitAtEachPlace(
            @ForAll("identifiers") Identifier n,
            @ForAll @IntRange(min = 1, max = 8) int digit,
            @ForAll @IntRange(min = 1, max = 256) int bits,
            @ForAll @IntRange(max = 10_000) int choice) {
        IdentifierCircle circle = new IdentifierCircle(bits, digit);
        Identifier from = n.lowest(bits);
        int i = choice % circle.fingers();
        // all distances with one digit that is not 0, digits counted from the top, in order
        List<BigInteger> distances = new ArrayList<>();
        for (int top = bits; top > 0; top -= digit) {
            int place = Math.max(0, top - digit);
            for (int factor = (1 << (top - place)) - 1; factor > 0; factor--) {
                distances.add(0, BigInteger.valueOf(factor).shiftLeft(place));
            }
        }
        assertThat(circle.fingers()).isEqualTo(distances.size());
        BigInteger distance = distances.get(i);
        assertThat(number(circle.fingerStart(from, i)))
                .isEqualTo(number(from).add(distance).mod(BigInteger.ONE.shiftLeft(bits)));
    }

    @Property
    void theLastFingerWithinAnArcIsTheLast(
            @ForAll @IntRange(min = 1, max = 9) int bits,
            @ForAll @IntRange(min = 1, max = 4) int digit,
            @ForAll @IntRange(max = 511) int from,
            @ForAll @IntRange(max = 511) int to) {
        IdentifierCircle circle = new IdentifierCircle(bits, digit);
        Identifier n = Identifier.of(from).lowest(bits);
        Arc arc = new Arc(n, Identifier.of(to).lowest(bits));
        if (!arc.isWhole()) {
            int last = -1;
            while (last + 1 < circle.fingers() && arc.contains(circle.fingerStart(n, last + 1))) {
                last++;
            }
            assertThat(circle.lastFingerWithin(n, arc, 0)).isEqualTo(Math.max(0, last));
        }
    }

    @Property
    void orderIsUnsigned(@ForAll("identifiers") Identifier a, @ForAll("identifiers") Identifier b) {
        assertThat(Integer.signum(a.compareTo(b))).isEqualTo(number(a).compareTo(number(b)));
        assertThat(a.equals(b)).isEqualTo(number(a).equals(number(b)));
    }

    @Property
    void bytesAndHexRoundTrip(@ForAll("identifiers") Identifier a) {
        assertThat(Identifier.ofBytes(a.toBytes())).isEqualTo(a).hasSameHashCodeAs(a);
        assertThat(Identifier.ofHex(a.toHex())).isEqualTo(a);
    }

    @Test
    void everySumAndDistanceOnSmallCircles() {
        for (int bits = 1; bits <= 6; bits++) {
            IdentifierCircle circle = new IdentifierCircle(bits);
            int size = 1 << bits;
            for (int a = 0; a < size; a++) {
                for (int b = 0; b < size; b++) {
                    assertThat(circle.distance(Identifier.of(a), Identifier.of(b)))
                            .isEqualTo(Identifier.of(Math.floorMod(b - a, size)));
                }
                for (int i = 0; i < bits; i++) {
                    assertThat(circle.fingerStart(Identifier.of(a), i)).isEqualTo(Identifier.of((a + (1 << i)) % size));
                }
            }
        }
    }

    @Test
    void refusesWhatIsNoIdentifier() {
        assertThatThrownBy(() -> Identifier.ofHex("abc")).hasMessageContaining("64 hex digits");
        assertThatThrownBy(() -> Identifier.ofBytes(new byte[31])).hasMessageContaining("32 bytes");
        assertThatThrownBy(() -> new IdentifierCircle(0)).hasMessageContaining("1 to 256");
        assertThatThrownBy(() -> new IdentifierCircle(3).fingerStart(Identifier.of(1), 3))
                .hasMessageContaining("finger 3");
    }

    @Test
    void hashesAsTheStandardSays() {
        assertThat(Identifier.sha256("abc".getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                        .toHex())
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
