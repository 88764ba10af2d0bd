package dev.chord.node.gateway;

import dev.chord.client.error.ErrorCode;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.concurrent.Flow;

/** Holds a body against the digests that its sender has told. */
final class DigestStage extends Stage {
    private final List<BodyHeaders.Expected> expected;

    DigestStage(Flow.Publisher<ByteBuffer> upstream, List<BodyHeaders.Expected> expected) {
        super(upstream);
        this.expected = expected;
    }

    @Override
    ByteBuffer passed(ByteBuffer piece) {
        expected.forEach(one -> one.digest().update(piece.duplicate()));
        return piece;
    }

    @Override
    void end() {
        for (BodyHeaders.Expected one : expected) {
            if (!MessageDigest.isEqual(one.digest().digest(), one.value())) {
                throw new RefusedRequest(
                        400,
                        ErrorCode.INTEGRITY,
                        "the bytes that came are not those that " + one.header() + " tells of",
                        "send it again");
            }
        }
    }
}
