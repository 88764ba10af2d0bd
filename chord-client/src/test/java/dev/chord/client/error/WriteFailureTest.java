package dev.chord.client.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Failed writes, as this very system tells them. */
class WriteFailureTest {
    @Test
    void aFullDiskAndAClosedPipeAreToldApart() throws IOException {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.exists(full), "there is no /dev/full");
        IOException noRoom = catchThrowableOfType(IOException.class, () -> {
            try (OutputStream out = Files.newOutputStream(full)) {
                out.write(1);
            }
        });
        assertThat(WriteFailure.of(noRoom)).isEqualTo(WriteFailure.NO_ROOM);
        Pipe pipe = Pipe.open();
        pipe.source().close();
        IOException noReader =
                catchThrowableOfType(IOException.class, () -> pipe.sink().write(ByteBuffer.allocate(1)));
        assertThat(WriteFailure.of(noReader)).isEqualTo(WriteFailure.NO_READER);
        assertThat(WriteFailure.of(new IOException("something else"))).isEqualTo(WriteFailure.OTHER);
        assertThat(WriteFailure.of(new IOException((String) null))).isEqualTo(WriteFailure.OTHER);
    }
}
