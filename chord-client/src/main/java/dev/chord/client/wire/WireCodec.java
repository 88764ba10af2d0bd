package dev.chord.client.wire;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.chord.client.wire.MalformedMessageException.Fault;
import dev.chord.core.bounds.Disarmed;
import dev.chord.core.bounds.HostRule;
import dev.chord.core.bounds.NumberBounds;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.placement.Precedence;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.FingerprintReply;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Between the words of the core and the words of the wire, both ways, for what all services share:
 * identifiers, peers, arcs, versions. What comes in is checked here; past this class nobody meets a malformed
 * identifier, port or list. Pure; any thread.
 */
public final class WireCodec {
    /** The longest list of peers a message may carry. */
    static final int MAX_PEERS = 1024;

    private static final int MAX_TEXT = 255;
    private static final int SHOWN = 80;

    private WireCodec() {}

    // ---- identifiers, peers, arcs

    /**
     * The bytes where they lie, without a copy; nobody may write to them. A read-only view would be hashed
     * through copies.
     */
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
            throw new MalformedMessageException(Fault.IDENTIFIER, "an identifier of " + bytes.size() + " bytes");
        }
        return Identifier.ofBytes(bytes.toByteArray());
    }

    /**
     * What a block is part of, and who goes first where there is not room for all; empty: nothing that
     * is known.
     */
    public static Precedence upload(ByteString upload, long bytes) {
        if (upload.isEmpty()) {
            return Precedence.FIRST;
        }
        return new Precedence(bytes, in(upload));
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
        String host = peer.getHost();
        String trouble = HostRule.trouble(host);
        if (peer.getPort() < 1 || peer.getPort() > 65_535 || !trouble.isEmpty()) {
            String why = trouble.isEmpty() ? "a port is 1 to 65535" : trouble;
            throw new MalformedMessageException(
                    Fault.ADDRESS, "a peer at '" + shown(host) + "' port " + peer.getPort() + ": " + why);
        }
        if (HostRule.neverDialled(host)) {
            throw new MalformedMessageException(Fault.ADDRESS, "a peer at " + host + ", which is never dialled");
        }
        if (peer.getZone().length() > MAX_TEXT) {
            throw new MalformedMessageException(
                    Fault.SIZE, "a peer with a zone of " + peer.getZone().length());
        }
        if (!NumberBounds.asked(peer.getIncarnation()) || !NumberBounds.asked(peer.getWeight())) {
            throw new MalformedMessageException(
                    Fault.NUMBER, "a peer of incarnation " + peer.getIncarnation() + " and weight " + peer.getWeight());
        }
        return new Peer(
                in(peer.getId()),
                new Endpoint(host, peer.getPort()),
                peer.getZone(),
                in(peer.getProcess()),
                peer.getIncarnation(),
                Math.max(1, peer.getWeight())); // 0: it does not say
    }

    // As much of a text that was refused as helps to find who sent it.
    static String shown(String text) {
        String line = Disarmed.line(text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text);
        return line.length() > 2 * SHOWN ? line.substring(0, 2 * SHOWN) : line;
    }

    public static List<Peer> in(List<dev.chord.proto.v1.Peer> peers) {
        if (peers.size() > MAX_PEERS) {
            throw new MalformedMessageException(Fault.COUNT, "a list of " + peers.size() + " peers");
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
            throw new MalformedMessageException(Fault.COUNT, "fingerprints of " + parts.size() + " parts");
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
        if (!NumberBounds.asked(version.getSequence())) {
            throw new MalformedMessageException(Fault.NUMBER, "a version of sequence " + version.getSequence());
        }
        Identifier writer = version.getWriter().isEmpty() ? Identifier.ZERO : in(version.getWriter());
        return new Version(version.getSequence(), writer);
    }
}
