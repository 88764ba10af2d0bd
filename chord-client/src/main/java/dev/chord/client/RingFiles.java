package dev.chord.client;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.content.FileManifest;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.FoundMembers;
import dev.chord.client.transfer.BlockClient;
import dev.chord.client.transfer.Uploader;
import dev.chord.client.wire.AdminCalls;
import dev.chord.client.wire.ManifestCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.placement.Spread;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.CheckSharedRequest;
import dev.chord.proto.v1.HasBlocksReply;
import dev.chord.proto.v1.ProviderValue;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.Written;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** Files on the ring: stored, shared in place, located, fetched. */
public final class RingFiles {
    private static final Duration SHARE_LIMIT = Duration.ofHours(1);
    private static final int RANDOM_TRIES = 3; // points to draw for each node wanted, where the ring has fewer

    private final Ring.Parts parts;
    private final RingNames names;
    private final Refs refs;
    private final Peer entry;
    private final RingOptions options;
    private final RingTransfers transfers;

    RingFiles(Ring.Parts parts, RingNames names, Peer entry, RingOptions options) {
        this.parts = parts;
        this.names = names;
        this.refs = new Refs(names, this::block);
        this.entry = entry;
        this.options = options;
        this.transfers = new RingTransfers(parts, this, entry, options);
    }

    /** Stores a file under a name, with the ring's usual number of copies. */
    public Stored put(Path path, String name) {
        return put(path, name, PutOptions.DEFAULT, Progress.NONE);
    }

    /**
     * Stores a file: returns when every block and the name are durable.
     *
     * @throws ChordException USAGE or NOT_FOUND for a bad path or name; NO_SPACE; UNREACHABLE; CONFLICT if
     *     the name is not at the version expected; FEWER_COPIES if the ring cannot keep them as far apart
     *     as wanted
     */
    public Stored put(Path path, String name, PutOptions how, Progress progress) {
        int copies = how.copies() > 0 ? how.copies() : options.replicas();
        String canonical = FileName.of(name);
        try {
            long size = Files.isRegularFile(path) ? Files.size(path) : 0;
            // a file of one chunk is there or is not: it cannot keep others out by being there in part
            BlockClient blocks = parts.blocks().forUpload(size > FileManifest.CHUNK ? size : 0);
            Uploader uploader = new Uploader(blocks, parts.workers(), options.window(), options.timeout());
            Uploader.Upload upload =
                    uploader.upload(path, copies, how.spread(), done -> progress.moved(Math.min(done, size), size));
            return name(upload, canonical, how);
        } catch (IOException e) {
            throw new ChordException(ErrorCode.INTERNAL, "reading " + path + " failed: " + e, "check the disk", e);
        }
    }

    /**
     * Lets a name stand for what was stored; see {@link #put(Path, String, PutOptions, Progress)}. What was
     * refused gives its room back.
     */
    Stored name(Uploader.Upload upload, String name, PutOptions how) {
        long size = upload.manifest().size();
        Written written;
        try {
            refuseIfTooClose(upload, how.copies() > 0 ? how.copies() : options.replicas(), how.spread());
            upload.ticket().isNamed();
            written = names.write(name, upload.content(), size, how);
        } catch (ChordException e) {
            takeBack(upload, name, e);
            throw e;
        }
        return new Stored(
                name,
                upload.content(),
                size,
                WireCodec.in(written.getRecord().getVersion()),
                Math.min(upload.copies(), written.getHoldersCount()),
                Math.max(written.getWanted(), upload.copies()),
                upload.known());
    }

    // What was refused gives its room back. If it is unknown whether the name was written, or if it stands
    // for this content by now, the blocks stay.
    private void takeBack(Uploader.Upload upload, String name, ChordException why) {
        boolean refused = switch (why.code()) {
            case USAGE, NOT_PERMITTED, NO_SPACE, CONFLICT, FEWER_COPIES, WOULD_LOSE_DATA, INCOMPATIBLE -> true;
            default -> false;
        };
        try {
            if (refused
                    && names.find(name)
                            .map(e -> !e.content().equals(upload.content()))
                            .orElse(true)) {
                upload.ticket().release();
            }
        } catch (ChordException e) {
            why.addSuppressed(e);
        }
    }

    private static void refuseIfTooClose(Uploader.Upload upload, int copies, Spread spread) {
        if (spread != Spread.PROCESS && upload.apart() < copies) {
            String places = spread.name().toLowerCase(Locale.ROOT) + (copies == 1 ? "" : "s");
            throw new ChordException(
                    ErrorCode.FEWER_COPIES,
                    "the " + copies + " copies would be in only " + upload.apart() + " " + places
                            + ": not stored under the name",
                    "start nodes in other " + places + ", or ask for fewer copies");
        }
    }

    /**
     * Announces a file or directory in place, by the node this client is connected to, which must see the
     * same file system.
     *
     * @param name the name on the ring; empty: the file's own
     * @return one line a file, in order
     */
    public List<Shared> share(Path path, String name) {
        return new AdminCalls(parts.channels(), entry.endpoint())
                .share(path.toAbsolutePath().toString(), name, SHARE_LIMIT).stream()
                        .map(line -> new Shared(line.name(), line.content(), line.size(), line.skipped(), line.link()))
                        .toList();
    }

    /**
     * Lets nodes at random points of the ring find a file that the node this client came in through shares,
     * and dial it.
     *
     * @param nodes how many; all, if the ring has fewer
     * @return what was wrong, by node; an empty text: nothing
     */
    public Map<Peer, String> confirmShared(Shared shared, int nodes) {
        Map<Peer, String> verdicts = new LinkedHashMap<>();
        CheckSharedRequest request = CheckSharedRequest.newBuilder()
                .setName(shared.name())
                .setContent(WireCodec.out(shared.content()))
                .setProvider(WireCodec.out(entry.process()))
                .build();
        SplittableRandom random = new SplittableRandom();
        for (int tries = 0; verdicts.size() < nodes && tries < RANDOM_TRIES * nodes; tries++) {
            byte[] point = new byte[Identifier.BYTES];
            random.nextBytes(point);
            // the owner of the point, or whoever comes next and has not been asked
            parts.locator().lookup(Identifier.ofBytes(point), options.timeout()).chain().stream()
                    .filter(p -> !p.process().equals(entry.process()) && !verdicts.containsKey(p))
                    .findFirst()
                    .ifPresent(peer -> verdicts.put(peer, verdict(peer, request)));
        }
        return verdicts;
    }

    private String verdict(Peer peer, CheckSharedRequest request) {
        try {
            return RecordServiceGrpc.newBlockingStub(parts.channels().to(peer.endpoint()))
                    .withDeadlineAfter(options.timeout().toMillis(), TimeUnit.MILLISECONDS)
                    .checkShared(request)
                    .getTrouble();
        } catch (StatusRuntimeException e) {
            return String.valueOf(WireErrors.fromStatus(e, peer.endpoint()).getMessage());
        }
    }

    /** What a reference stands for: see {@link Reference}. */
    public Refs.Resolved resolve(String ref) {
        return refs.resolve(ref);
    }

    /**
     * Who has the file, best source first.
     *
     * @throws ChordException NOT_FOUND if nothing has this reference
     */
    public Located locate(String ref) {
        Refs.Resolved resolved = refs.resolve(ref);
        FileManifest manifest = manifest(resolved.content());
        List<Located.Source> sources = new ArrayList<>();
        Identifier probe = manifest.chunks().isEmpty()
                ? resolved.content()
                : manifest.chunks().get(0);
        Map<Peer, ProviderValue> told = providerValues(resolved);
        List<Peer> providers = List.copyOf(told.keySet());
        addProviders(sources, told, probe);
        Lookup.Result lookup = parts.locator().lookup(probe, options.timeout());
        List<Peer> rest =
                lookup.chain().stream().filter(p -> !providers.contains(p)).toList();
        addReplicas(sources, rest, probe);
        // A file that is only shared has no replicas, so none is missing.
        boolean stored = sources.stream().anyMatch(s -> s.kind() == Located.Kind.REPLICA && s.reachable());
        if (!providers.isEmpty() && !stored) {
            sources.removeIf(s -> s.kind() == Located.Kind.REPLICA);
        }
        sources.sort(Comparator.comparing((Located.Source s) -> !s.reachable())
                .thenComparing(s -> !s.peer().zone().equals(entry.zone()))
                .thenComparing(s -> -s.bytesPerSecond()));
        Optional<Arc> arc = lookup.arc();
        return new Located(
                resolved.content(),
                resolved.name(),
                manifest.size(),
                manifest.chunks().size(),
                List.copyOf(sources),
                arc);
    }

    private void addProviders(List<Located.Source> sources, Map<Peer, ProviderValue> told, Identifier probe) {
        List<Peer> peers = List.copyOf(told.keySet());
        List<Optional<HasBlocksReply>> answers = parts.blocks().holders(probe, peers, options.timeout());
        for (int i = 0; i < peers.size(); i++) {
            Optional<HasBlocksReply> answer = answers.get(i);
            boolean has = answer.map(a -> a.getHeld(0)).orElse(false);
            String why = answer.isEmpty()
                    ? "shares it, does not answer now"
                    : has ? "shares it in place" : "shared it, has it no longer";
            ProviderValue value = told.getOrDefault(peers.get(i), ProviderValue.getDefaultInstance());
            long seen = value.getSeenMillis();
            String when = seen == 0
                    ? ""
                    : String.format(
                            Locale.ROOT,
                            "; told the owner so %.1f s ago, in %.1f ms",
                            seen / 1e3,
                            value.getAnswerMicros() / 1e3);
            sources.add(source(peers.get(i), Located.Kind.PROVIDER, why + when, answer, has));
        }
    }

    private void addReplicas(List<Located.Source> sources, List<Peer> peers, Identifier probe) {
        List<Optional<HasBlocksReply>> answers = parts.blocks().holders(probe, peers, options.timeout());
        List<Peer> should = Placement.spread(peers, options.replicas());
        for (int i = 0; i < peers.size(); i++) {
            Optional<HasBlocksReply> answer = answers.get(i);
            Peer peer = peers.get(i);
            boolean has = answer.map(a -> a.getHeld(0)).orElse(false);
            if (has) {
                String why = i == 0
                        ? "owner of its key"
                        : should.contains(peer)
                                ? "replica " + should.indexOf(peer) + " after the owner"
                                : "keeps an older copy";
                sources.add(source(peer, Located.Kind.REPLICA, why, answer, true));
            } else if (should.contains(peer)) {
                String why = answer.isEmpty() ? "should hold it, does not answer" : "should hold it, does not yet";
                sources.add(source(peer, Located.Kind.REPLICA, why, answer, false));
            }
        }
    }

    private Located.Source source(
            Peer peer, Located.Kind kind, String why, Optional<HasBlocksReply> answer, boolean has) {
        long rate = answer.map(HasBlocksReply::getBytesPerSecond).orElse(0L);
        String speed = rate == 0 ? "" : String.format(Locale.ROOT, "; delivered %.0f MB/s lately", rate / 1e6);
        String zone = peer.zone().equals(entry.zone()) ? "" : "; in zone " + peer.zone();
        return new Located.Source(peer, kind, why + speed + zone, has, rate);
    }

    /** What the file is made of, fetched and verified. */
    public FileManifest manifest(Identifier content) {
        return ManifestCodec.in(block(content));
    }

    private ByteBuffer block(Identifier digest) {
        return parts.blocks().get(digest, List.of(), "", options.timeout()).data();
    }

    List<Peer> providers(Refs.Resolved resolved) {
        return List.copyOf(providerValues(resolved).keySet());
    }

    /** Whether an address, or the beginning of a process id, means this peer. */
    static boolean isMeant(Peer peer, String node) {
        return peer.process().toHex().startsWith(node)
                || peer.endpoint().toString().equals(node);
    }

    private Map<Peer, ProviderValue> providerValues(Refs.Resolved resolved) {
        Map<Peer, ProviderValue> result = new LinkedHashMap<>();
        for (Record record :
                parts.records().read(resolved.content(), RecordKind.RECORD_KIND_PROVIDER, options.timeout())) {
            try {
                if (!record.getDeleted()) {
                    ProviderValue value = ProviderValue.parseFrom(record.getValue());
                    result.put(WireCodec.in(value.getPeer()), value);
                }
            } catch (InvalidProtocolBufferException e) {
                // a record nobody can read names no source
            }
        }
        resolved.node().ifPresent(node -> result.keySet().removeIf(p -> !isMeant(p, node)));
        // where the ring leads to them, whatever address stands in the record
        Map<Identifier, ProviderValue> told = new HashMap<>();
        result.forEach((peer, value) -> told.put(peer.process(), value));
        Map<Peer, ProviderValue> found = new LinkedHashMap<>();
        new FoundMembers(parts.locator())
                .find(result.keySet(), options.timeout())
                .forEach(
                        peer -> found.put(peer, told.getOrDefault(peer.process(), ProviderValue.getDefaultInstance())));
        return found;
    }

    /** Fetches a file. */
    public Downloaded download(String ref, Path target) {
        return download(ref, target, Progress.NONE);
    }

    /**
     * Fetches a file into place: verified chunk by chunk, from all sources, resumed if an earlier try was
     * cut off.
     *
     * @throws ChordException NOT_FOUND; INTEGRITY if no intact copy of some chunk is left; UNREACHABLE
     */
    public Downloaded download(String ref, Path target, Progress progress) {
        return transfers.download(ref, target).tell(progress).run();
    }

    /**
     * Writes bytes {@code from} to {@code to}, both included, to a stream.
     *
     * @param to -1: to the end
     */
    public void copyTo(String ref, long from, long to, OutputStream out) {
        transfers.copyTo(ref, from, to, out);
    }

    RingTransfers transfers() {
        return transfers;
    }

    /** Removes a name; a content id is accepted when exactly one name stands for it. */
    public NameEntry remove(String ref) {
        return names.remove(refs.nameOf(ref));
    }
}
