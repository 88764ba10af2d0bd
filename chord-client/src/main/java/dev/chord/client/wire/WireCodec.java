package dev.chord.client.wire;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.FingerprintReply;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Between the words of the core and the words of the wire, both ways, for what all services share: identifiers, peers, arcs, versions.
 * What comes in is checked here; past this class nobody meets a malformed identifier, port or list. Pure; any thread.
 */
public final class WireCodec {
    /** The longest list of peers a message may carry. */
    static final int MAX_PEERS = 1024;

    private static final int MAX_TEXT = 255;

    private WireCodec() {}

    // ---- identifiers, peers, arcs

    /** The bytes where they lie, without a copy; nobody may write to them. A read-only view would be hashed through copies. */
    public static ByteBuffer view(ByteString bytes) {
        View view = new View();
        try {
            UnsafeByteOperations.unsafeWriteTo(bytes, view);
        } catch (IOException e) {
            throw new IllegalStateException("memory does not fail", e);
        }
        return view.whole.orElseGet(() -> ByteBuffer.wrap(bytes.toByteArray()));
    }

    private static final class View extends ByteOutput {
        private Optional<ByteBuffer> whole = Optional.empty();
        private boolean many;

        private void add(ByteBuffer part) {
            whole = many ? Optional.empty() : Optional.of(part);
            many = true;
        }

        @Override
        public void write(byte value) {
            add(ByteBuffer.wrap(new byte[] {value}));
        }

        @Override
        public void write(byte[] value, int offset, int length) {
            add(ByteBuffer.wrap(value, offset, length).slice());
        }

        @Override
        public void writeLazy(byte[] value, int offset, int length) {
            write(value, offset, length);
        }

        @Override
        public void write(ByteBuffer value) {
            add(value.slice());
        }

        @Override
        public void writeLazy(ByteBuffer value) {
            write(value);
        }
    }

    public static ByteString out(Identifier id) {
        return UnsafeByteOperations.unsafeWrap(id.toBytes());
    }

    public static Identifier in(ByteString bytes) {
        if (bytes.size() != Identifier.BYTES) {
            throw new MalformedMessageException("an identifier of " + bytes.size() + " bytes");
        }
        return Identifier.ofBytes(bytes.toByteArray());
    }

    public static dev.chord.proto.v1.Peer out(Peer peer) {
        return dev.chord.proto.v1.Peer.newBuilder()
                .setId(out(peer.id()))
                .setHost(peer.endpoint().host())
                .setPort(peer.endpoint().port())
                .setZone(peer.zone())
                .setProcess(out(peer.process()))
                .setIncarnation(peer.incarnation())
                .setWeight(peer.weight())
                .build();
    }

    public static Peer in(dev.chord.proto.v1.Peer peer) {
        if (peer.getPort() < 1 || peer.getPort() > 65_535 || peer.getHost().isBlank()) {
            throw new MalformedMessageException("a peer at '" + peer.getHost() + "' port " + peer.getPort());
        }
        if (peer.getHost().length() > MAX_TEXT || peer.getZone().length() > MAX_TEXT || peer.getIncarnation() < 0) {
            throw new MalformedMessageException("a peer with an oversized host, zone or incarnation");
        }
        if (peer.getWeight() < 0) {
            throw new MalformedMessageException("a peer of negative weight");
        }
        return new Peer(
                in(peer.getId()),
                new Endpoint(peer.getHost(), peer.getPort()),
                peer.getZone(),
                in(peer.getProcess()),
                peer.getIncarnation(),
                Math.max(1, peer.getWeight())); // 0: it does not say
    }

    public static List<Peer> in(List<dev.chord.proto.v1.Peer> peers) {
        if (peers.size() > MAX_PEERS) {
            throw new MalformedMessageException("a list of " + peers.size() + " peers");
        }
        return peers.stream().map(WireCodec::in).toList();
    }

    public static List<dev.chord.proto.v1.Peer> out(List<Peer> peers) {
        return peers.stream().map(WireCodec::out).toList();
    }

    public static dev.chord.proto.v1.Arc out(Arc arc) {
        return dev.chord.proto.v1.Arc.newBuilder()
                .setFrom(out(arc.from()))
                .setTo(out(arc.to()))
                .build();
    }

    public static Arc in(dev.chord.proto.v1.Arc arc) {
        return new Arc(in(arc.getFrom()), in(arc.getTo()));
    }

    /**
     * The numbers of fingerprints.
     *
     * @throws MalformedMessageException if they are of another kind
     */
    public static long[] parts(List<Long> parts) {
        if (parts.size() != Fingerprints.PARTS) {
            throw new MalformedMessageException("fingerprints of " + parts.size() + " parts");
        }
        return parts.stream().mapToLong(Long::longValue).toArray();
    }

    public static FingerprintReply out(Fingerprints fingerprints) {
        FingerprintReply.Builder reply = FingerprintReply.newBuilder();
        for (int part = 0; part < Fingerprints.PARTS; part++) {
            reply.addParts(fingerprints.get(part));
        }
        return reply.build();
    }

    public static dev.chord.proto.v1.Version out(Version version) {
        return dev.chord.proto.v1.Version.newBuilder()
                .setSequence(version.sequence())
                .setWriter(out(version.writer()))
                .build();
    }

    public static Version in(dev.chord.proto.v1.Version version) {
        if (version.getSequence() < 0) {
            throw new MalformedMessageException("a version below 0");
        }
        Identifier writer = version.getWriter().isEmpty() ? Identifier.ZERO : in(version.getWriter());
        return new Version(version.getSequence(), writer);
    }
}
