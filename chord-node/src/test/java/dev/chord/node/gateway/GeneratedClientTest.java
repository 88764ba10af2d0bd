package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.chord.rest.BytesApi;
import dev.chord.rest.EventsApi;
import dev.chord.rest.FilesApi;
import dev.chord.rest.KeysApi;
import dev.chord.rest.NamesApi;
import dev.chord.rest.RingApi;
import dev.chord.rest.SearchApi;
import dev.chord.rest.UploadsApi;
import dev.chord.rest.http.ApiClient;
import dev.chord.rest.http.ApiException;
import dev.chord.rest.model.NameEntry;
import dev.chord.rest.model.NewName;
import dev.chord.rest.model.Problem;
import dev.chord.rest.model.Stored;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hc.client5.http.impl.classic.CloseableHttpResponse;
import org.junit.jupiter.api.Test;

/** The tour of the README with a client that was generated from the description of the interface. */
class GeneratedClientTest extends GatewayBed {
    private static final int MOST_LINES = 200; // there is one now and then though nothing happens

    private static ApiClient client() {
        return new ApiClient().setBasePath(gateway.url().replaceAll("/$", ""));
    }

    // Events have no end but where their reader has had enough: here at the first line that says this. What
    // they are to tell of is done once nothing of it can be missed.
    private static ApiClient until(String said, Runnable deed) {
        return new ApiClient() {
            @Override
            @SuppressWarnings("unchecked")
            public <T> T deserialize(CloseableHttpResponse response, TypeReference<T> type) throws IOException {
                StringBuilder lines = new StringBuilder();
                try (response) { // which hangs up; to close the reader would be to wait for the end
                    BufferedReader in = new BufferedReader(
                            new InputStreamReader(response.getEntity().getContent(), StandardCharsets.UTF_8));
                    for (int i = 0; i < MOST_LINES && lines.indexOf(said) < 0; i++) {
                        String line = in.readLine();
                        lines.append(line).append('\n');
                        if ("event: whole".equals(line)) {
                            deed.run();
                        }
                    }
                }
                return (T) lines.toString();
            }
        }.setBasePath(client().getBasePath());
    }

    @Test
    void theTourOfTheReadme() throws Exception {
        FilesApi files = new FilesApi(client());
        NamesApi names = new NamesApi(client());
        File readme =
                Files.writeString(work.resolve("readme"), "# Chord, and more").toFile();
        Stored stored = files.postFiles(readme, "client/read me", null, null, null, null, null);
        assertThat(stored.getSize()).isEqualTo(17L);
        assertThat(stored.getCopies()).isEqualTo(3L);
        assertThat(files.getFiles("client/", 3L, null).getFiles())
                .extracting(NameEntry::getName)
                .containsExactly("client/read me");
        assertThat(new SearchApi(client())
                        .getSearch("READ", null, null)
                        .getCoverage()
                        .getComplete())
                .isTrue();
        NameEntry entry = names.getNamesName("client/read me", null, null);
        assertThat(entry.getContent()).isEqualTo(stored.getContent());
        assertThat(files.getFilesIdProviders(entry.getContent()).getSources()).hasSize(3);
        assertThat(files.getFilesId("client/read me").getName()).isEqualTo("client/read me");
        File part = new BytesApi(client()).getFRef("client/read me", "bytes=0-6", null, null, null, null, null);
        assertThat(part).hasContent("# Chord");
        assertThat(new KeysApi(client()).getKeysKeyRoute("client/read me").getChain())
                .isNotEmpty();
        assertThat(new RingApi(client()).getRing().getUp()).isEqualTo(3L);
        AtomicReference<NameEntry> written = new AtomicReference<>();
        ApiClient listener = until("client/other", () -> {
            try {
                written.set(names.putNamesName("client/other", new NewName().content(entry.getContent()), null, "*"));
            } catch (ApiException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(new EventsApi(listener).getEvents("client/", null, null, Map.of("Accept", "text/event-stream")))
                .contains("event: added")
                .contains(entry.getContent());
        NameEntry other = written.get();
        assertThat(other.getSize()).isEqualTo(17L);
        names.deleteNamesName("client/read me", null, null);
        ApiException gone =
                catchThrowableOfType(ApiException.class, () -> names.getNamesName("client/read me", null, null));
        assertThat(gone.getCode()).isEqualTo(404);
        Problem problem = client().getObjectMapper().readValue(gone.getResponseBody(), Problem.class);
        assertThat(problem.getCode()).isEqualTo("NOT_FOUND");
    }

    @Test
    void anUploadInParts() throws Exception {
        UploadsApi uploads = new UploadsApi(client());
        var begun = uploads.postUploads(
                new dev.chord.rest.model.NewUpload().name("parts/client").size(6L));
        File half = Files.writeString(work.resolve("half"), "abc").toFile();
        assertThat(uploads.getUploadsId(begun.getId()).getReceived()).isZero();
        uploads.patchUploadsId(begun.getId(), 0L, half);
        uploads.patchUploadsId(begun.getId(), 3L, half);
        assertThat(get("f/parts/client").body()).isEqualTo("abcabc");
    }
}
