package dev.chord.client.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A ring may be called anything; plain names look on the wire as they always have. */
class RingHeadersTest {
    private static final Metadata.Key<String> TEXT = Metadata.Key.of("chord-ring", Metadata.ASCII_STRING_MARSHALLER);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "default",
                "50%",
                "b%C3%BCro",
                "a b",
                "b\u00fcro",
                "\u30c1\u30e7\u30fc\u30c9",
                "\ud83c\udf00",
                " x",
                "x ",
                "\u00a0"
            })
    void theNameArrivesAsItIs(String name) {
        Metadata headers = new Metadata();
        RingHeaders.put(headers, name);
        assertThat(RingHeaders.ring(headers)).contains(name);
    }

    @Test
    void plainNamesAreTextAndOthersAreNeverTakenForThem() {
        Metadata plain = new Metadata();
        RingHeaders.put(plain, "default");
        assertThat(plain.get(TEXT)).isEqualTo("default");
        Metadata other = new Metadata();
        RingHeaders.put(other, "b\u00fcro");
        assertThat(other.get(TEXT)).isNull();
    }

    @Test
    void bytesThatAreNoTextNameNoRing() {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("chord-ring-bin", Metadata.BINARY_BYTE_MARSHALLER), new byte[] {(byte) 0xff});
        assertThat(RingHeaders.ring(headers)).isEqualTo(Optional.empty());
    }
}
