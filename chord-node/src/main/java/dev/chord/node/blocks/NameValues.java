package dev.chord.node.blocks;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.error.ChordException;
import dev.chord.client.transfer.BlockClient;
import dev.chord.client.wire.ManifestCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.blocks.BlockHost;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.node.store.NameFilter;
import dev.chord.node.store.NameIndex;
import dev.chord.node.store.NodeStore;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.Record;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the names of a node stand for, and which blocks that is made of. Reads the disk and the ring: not for
 * the engine's thread.
 */
final class NameValues {
    private static final Logger log = LoggerFactory.getLogger(NameValues.class);
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int PAGE = 500;
    private static final int REMEMBERED_CHUNKS = 200_000;

    private final NodeStore store;
    private final BlockClient client;
    private final Cache<Identifier, List<Identifier>> manifests = CacheBuilder.newBuilder()
            .maximumWeight(REMEMBERED_CHUNKS)
            .weigher((Identifier content, List<Identifier> chunks) -> 1 + chunks.size())
            .build();

    NameValues(NodeStore store, BlockClient client) {
        this.store = store;
        this.client = client;
    }

    /** What a name's value says that it needs; empty: nothing that lies in the ring. */
    static Optional<BlockHost.Need> need(ByteString bytes) {
        try {
            NameValue value = NameValue.parseFrom(bytes);
            return value.getContent().size() == Identifier.BYTES
                    ? Optional.of(
                            new BlockHost.Need(WireCodec.in(value.getContent()), value.getCopies(), value.getShared()))
                    : Optional.empty();
        } catch (InvalidProtocolBufferException e) {
            return Optional.empty();
        }
    }

    /** Names of an arc after a label; a page of those that stand for something, none: there are no more. */
    List<BlockHost.Name> page(Arc arc, String after) {
        NameIndex.Query all = NameIndex.Query.of(NameFilter.ALL, arc);
        String last = after;
        while (true) {
            List<Record> page = store.records().names().page(all, last, PAGE);
            List<BlockHost.Name> names = new ArrayList<>();
            page.forEach(record ->
                    need(record.getValue()).ifPresent(need -> names.add(new BlockHost.Name(record.getLabel(), need))));
            if (page.isEmpty() || !names.isEmpty()) {
                return names;
            }
            last = page.get(page.size() - 1).getLabel();
        }
    }

    /** The chunks of a file; empty: its manifest cannot be read now. */
    Optional<List<Identifier>> chunks(Identifier content) {
        List<Identifier> known = manifests.getIfPresent(content);
        if (known != null) {
            return Optional.of(known);
        }
        try {
            List<Identifier> chunks = ManifestCodec.in(manifest(content)).chunks();
            manifests.put(content, chunks);
            return Optional.of(chunks);
        } catch (ChordException e) {
            log.debug("manifest {} cannot be read now: {}", content.abbreviated(), e.getMessage());
            return Optional.empty();
        }
    }

    private ByteBuffer manifest(Identifier content) {
        Optional<ByteBuffer> here = store.blocks().get(content);
        return here.isPresent()
                ? here.get()
                : client.get(content, List.of(), "", LIMIT).data();
    }
}
