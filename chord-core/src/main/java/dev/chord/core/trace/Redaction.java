package dev.chord.core.trace;

import dev.chord.core.id.Identifier;
import dev.chord.core.records.Record;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Removes labels and values of records from a trace: each becomes a token, the same one wherever it comes
 * again. So the trace can still be replayed, for an engine only asks whether two of them are the same. Keys
 * remain, since the rules go by their order; that of a name is its hash, so whoever guesses the name can tell
 * that it is there.
 */
public final class Redaction {
    private static final int LABEL_DIGITS = 32;

    private final byte[] secret;

    /** @param secret without it nobody can find out a label or value by guessing */
    public Redaction(byte[] secret) {
        this.secret = secret.clone();
    }

    RecordTrace.Item item(RecordTrace.Item item) {
        return Contents.item(item, new Contents.Change() {
            @Override
            public Record record(Record r) {
                return new Record(
                        r.key(),
                        r.kind(),
                        Redaction.this.label(r.label()),
                        r.version(),
                        r.deleted(),
                        token(r.value()).toBytes(),
                        r.leaseMillis(),
                        r.operations());
            }

            @Override
            public String label(String label) {
                return Redaction.this.label(label);
            }
        });
    }

    private String label(String label) {
        return token(label.getBytes(StandardCharsets.UTF_8)).toHex().substring(0, LABEL_DIGITS);
    }

    private Identifier token(byte[] content) {
        return Identifier.sha256(List.of(ByteBuffer.wrap(secret), ByteBuffer.wrap(content)));
    }
}
