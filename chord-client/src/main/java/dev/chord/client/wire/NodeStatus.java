package dev.chord.client.wire;

import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.ring.Peer;
import java.time.Duration;
import java.util.List;

/**
 * What a node says that it is and holds.
 *
 * @param members of the ring that its process hosts, the first one first
 */
public record NodeStatus(String name, String ring, String version, Running process, Held held, List<Member> members) {
    /** The process, and where its data is. */
    public record Running(long pid, Duration up, String dataDir) {}

    /** @param degraded the store refuses writes */
    public record Held(long blocks, long blockBytes, long records, long sharedFiles, boolean degraded) {}

    /** A member and its fingers: the first one of each run of equal ones. */
    public record Member(Reply.Neighborhood at, List<Finger> fingers) {}

    /** A finger: the member at or after {@code start}, which is 2^{@code index} away. */
    public record Finger(int index, Identifier start, Peer peer) {}
}
