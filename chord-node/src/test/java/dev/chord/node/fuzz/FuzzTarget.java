package dev.chord.node.fuzz;

import dev.chord.client.content.FileManifest;
import dev.chord.client.sync.SyncStateFuzz;
import dev.chord.client.wire.ManifestCodec;
import dev.chord.core.id.Identifier;
import dev.chord.node.config.DotEnvFuzz;
import dev.chord.proto.v1.AdminServiceGrpc;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.RingServiceGrpc;
import io.grpc.ServiceDescriptor;
import java.util.List;
import java.util.function.Consumer;

/** The places where bytes of strangers are read. */
enum FuzzTarget {
    RING_SERVICE(RingServiceGrpc.getServiceDescriptor()),
    RECORD_SERVICE(RecordServiceGrpc.getServiceDescriptor()),
    BLOCK_SERVICE(BlockServiceGrpc.getServiceDescriptor()),
    ADMIN_SERVICE(AdminServiceGrpc.getServiceDescriptor()),
    NAMES(
            TextFuzz::name,
            FuzzSeeds.texts("a", "a/b.txt", "cafe\u0301", "a/../b", "\u202ea", "x\\y", " ", "\ud83e\udd8a")),
    REFERENCES(
            TextFuzz::reference,
            FuzzSeeds.texts("id:0123456789", "name:a", "0123456789abcdef", "a@node", "id:", "name:id:x")),
    DOTENV(
            DotEnvFuzz::run,
            FuzzSeeds.texts(
                    "CHORD_RING_NAME=a\n# word\nexport CHORD_NODE_ZONE='z'\n",
                    "CHORD_NET_INSECURE=true\nCHORD_NET_GRPC_BIND=0.0.0.0:1\nCHORD_NODE_DATA_DIR=/x\n",
                    "GRPC_SERVER_PORT=7451\nREST_SERVER_PORT=tcp://1.2.3.4:5\nA=${B:-\"c\"}\nCHORD_NODE_NAME=\"$A\\n\"")),
    SYNC_STATE(
            SyncStateFuzz::run,
            FuzzSeeds.texts(
                    "chord-sync 2\nR\tdefault\t" + "0".repeat(64) + "\nA\t" + "1".repeat(64) + "\t5\t" + "2".repeat(64)
                            + "\tp/a\\tb\nS\t" + "3".repeat(64) + "\t1\t2\t3\tinode\tp/a\n",
                    "chord-sync 2\nR\tdefault\t,\n",
                    "1".repeat(64) + "\t-\t0\t0\ta/b\n")),
    MANIFEST(
            TextFuzz::manifest,
            List.of(ManifestCodec.out(new FileManifest(
                    FileManifest.CHUNK + 7L,
                    FileManifest.CHUNK,
                    List.of(Identifier.ZERO, Identifier.ZERO),
                    Identifier.ZERO)))),
    RANGE(
            HttpFuzz::range,
            FuzzSeeds.texts("0-", "0-3", "-4", "5-2", "0-0,2-3", "99-", "0-18446744073709551616", " 1 - 2 ")),
    HEADERS(
            HttpFuzz::headers,
            FuzzSeeds.texts(
                    "If-None-Match: \"a\", W/\"b\"",
                    "If-Match: *\r\nIf-Range: \"a\"\r\nRange: bytes=0-1",
                    "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
                    "Accept-Encoding: gzip;q=0.5, br",
                    "Content-Length: 3\r\n\r\nabc",
                    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0",
                    "Expect: 100-continue",
                    "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors",
                    "Origin: null\r\nCookie: a=b",
                    "Accept: text/html;q=0.1, application/json")),
    PAGE_TOKEN(HttpFuzz::pageToken, FuzzSeeds.texts("a", "kept/file", "\u00e9", "../x"));

    private final Consumer<byte[]> target;
    private final List<byte[]> seeds;

    FuzzTarget(ServiceDescriptor service) {
        this(new ServiceFuzz(service)::run, FuzzSeeds.messages(service));
    }

    FuzzTarget(Consumer<byte[]> target, List<byte[]> seeds) {
        this.target = target;
        this.seeds = seeds;
    }

    /** What a search begins with. */
    List<byte[]> seeds() {
        return seeds;
    }

    /** @throws AssertionError or whatever the product throws that it should not */
    void run(byte[] input) {
        target.accept(input);
    }
}
